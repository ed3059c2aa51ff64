namespace InitTx.Oracle.Tests.Running;

/// <summary>All cases, in a fixed order.</summary>
internal static class RunCases
{
    public static IReadOnlyList<RunCase> All { get; } =
    [
        .. RestartCases.All(), .. TypeCases.All(), .. StopCases.All(), .. SettingCases.All(),
        .. SandboxCases.All(), .. RootCases.All(), .. SocketCases.All(),
        .. DependencyCases.All(), .. AutomountCases.All(),
        .. SessionCases.All(), .. TrafficCases.All(),
        .. NamespaceCases.All(), .. FreezerCases.All(),
    ];

    /// <summary>
    /// A part of every family, at least this many in all, another one with another seed.
    /// </summary>
    public static IReadOnlyList<RunCase> Sample(int count, int seed)
    {
        var random = new Random(seed);
        double share = (double)count / All.Count;
        return
        [
            .. All.GroupBy(c => c.Family).SelectMany(family =>
            {
                RunCase[] cases = [.. family];
                random.Shuffle(cases);
                return cases.Take((int)Math.Ceiling(cases.Length * share));
            }),
        ];
    }
}
