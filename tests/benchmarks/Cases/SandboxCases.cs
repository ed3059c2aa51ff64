using System.Globalization;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// What a full sandbox costs a start: from just before the command to main(), under InitTx and
/// under systemd on the same Debian root, beside a plain service under each.
/// </summary>
internal static class SandboxCases
{
    private const int Rounds = 30;

    private const string Sandbox =
        "ProtectSystem=strict\nReadWritePaths=/run\nProtectHome=yes\nPrivateTmp=yes\n"
        + "PrivateDevices=yes\nProtectKernelTunables=yes\nProtectKernelModules=yes\n"
        + "ProtectKernelLogs=yes\nProtectControlGroups=yes\nProtectClock=yes\nProtectHostname=yes\n"
        + "RestrictAddressFamilies=AF_UNIX\nRestrictNamespaces=yes\nRestrictRealtime=yes\n"
        + "RestrictSUIDSGID=yes\nMemoryDenyWriteExecute=yes\nLockPersonality=yes\n"
        + "NoNewPrivileges=yes\nSystemCallArchitectures=native\nSystemCallFilter=@system-service\n"
        + "CapabilityBoundingSet=CAP_CHOWN\n";

    public static void Spawn(Figures figures)
    {
        (Samples plain, Samples full) = Measure(systemd: false);
        (Samples theirPlain, Samples theirFull) = Measure(systemd: true);
        figures.Add(
            "start to main(), plain service", "command included",
            ("initx ms", plain.Median), ("systemd ms", theirPlain.Median));
        figures.AtMost(
            "start to main(), full sandbox", full.Median, "ms", theirFull.Median,
            string.Create(CultureInfo.InvariantCulture, $"systemd: {theirFull.Median:0.##} ms"));
        figures.Add(
            "what the sandbox adds", "",
            ("initx ms", full.Median - plain.Median),
            ("systemd ms", theirFull.Median - theirPlain.Median));
    }

    private static (Samples Plain, Samples Full) Measure(bool systemd)
    {
        var units = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["default.target"] = "[Unit]\nDefaultDependencies=no\nWants=ready.service\n",
            ["ready.service"] = UnitTexts.Service(0),
            ["plain.service"] = UnitTexts.Service(1, "StartLimitBurst=1000000"),
            ["full.service"] = UnitTexts.Service(2, "StartLimitBurst=1000000") + Sandbox,
        };
        using BenchSystem system = BenchSystem.Boot(units, 3, debian: true, systemd: systemd);
        BenchSystem.Await(() => system.ReadStamps()[0] != 0, "the boot");
        Thread.Sleep(2000);
        Samples plain = Starts(system, systemd, "plain.service", 1);
        return (plain, Starts(system, systemd, "full.service", 2));
    }

    private static Samples Starts(BenchSystem system, bool systemd, string unit, int slot)
    {
        string program = systemd ? "/usr/bin/systemctl" : "/usr/bin/initx";
        return Samples.Of(Rounds, () =>
        {
            long before = system.ReadStamp(slot);
            long begun = System.Diagnostics.Stopwatch.GetTimestamp();
            system.RunInside(program, "start", unit);
            long stamp = before;
            BenchSystem.Await(() => (stamp = system.ReadStamp(slot)) != before, unit);
            system.RunInside(program, "stop", unit);
            return (stamp - begun) / 1e6;
        });
    }
}
