using System.Diagnostics;

namespace InitTx.Namespaces.Tests.Harness;

/// <summary>
/// Waits for what another process will do. The limit is for a hang, never a measurement.
/// </summary>
public static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Returns once the condition holds; fails with the description when it never does.
    /// </summary>
    public static void True(Func<bool> condition, string what, Func<string>? evidence = null) =>
        Value(() => condition() ? what : null, what, evidence);

    /// <summary>Returns the first value that is not null.</summary>
    public static T Value<T>(Func<T?> probe, string what, Func<string>? evidence = null)
        where T : class
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed < Limit)
        {
            if (probe() is { } value)
                return value;
            Thread.Sleep(20);
        }
        Assert.Fail($"not within {Limit.TotalSeconds} s: {what}\n{evidence?.Invoke()}");
        throw new UnreachableException();
    }
}
