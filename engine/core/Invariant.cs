using System.Diagnostics.CodeAnalysis;

namespace InitTx.Core;

/// <summary>
/// Assertions that stay on in release. One that fails is a bug of ours: the process crashes and
/// comes back over its journal. No input (file, request, datagram, recorded state) reaches one.
/// </summary>
public static class Invariant
{
    /// <summary>
    /// Throws <see cref="InvariantViolatedException"/> unless <paramref name="holds"/>.
    /// </summary>
    public static void Require([DoesNotReturnIf(false)] bool holds, string promise)
    {
        if (!holds)
            throw new InvariantViolatedException(promise);
    }

    /// <summary>For the arm of a switch over a closed set that no value reaches.</summary>
    public static InvariantViolatedException Unreachable(string what) => new($"unreachable: {what}");
}

/// <summary>A promise of the code to itself is broken; the message names it.</summary>
public sealed class InvariantViolatedException(string promise) : Exception(promise);
