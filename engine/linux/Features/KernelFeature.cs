namespace InitTx.Linux.Features;

/// <summary>What a probe found.</summary>
public enum FeatureState : byte
{
    /// <summary>Cannot be asked without doing it, or without a right that we lack.</summary>
    Unknown,

    Present,

    Missing,
}

/// <summary>One thing of the kernel that may be missing, and what we do then.</summary>
/// <param name="Name">The call, flag or file.</param>
/// <param name="Since">The kernel that brought it.</param>
/// <param name="Use">What for.</param>
/// <param name="Fallback">What happens without it.</param>
/// <param name="Tests">What runs the fallback.</param>
/// <param name="Probe">Asks the running kernel, without side effects.</param>
public sealed record KernelFeature(
    string Name,
    string Since,
    string Use,
    string Fallback,
    IReadOnlyList<FallbackTest> Tests,
    Func<FeatureState> Probe);

/// <summary>A test, by layer (<c>./test LAYER</c>), class and method.</summary>
public readonly record struct FallbackTest(string Layer, string Class, string Method)
{
    public override string ToString() => $"{Layer}: {Class}.{Method}";
}
