using System.Globalization;
using InitTx.Init.Boot;
using InitTx.Journal.OnDisk;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;
using InitTx.Units.Parsing;

namespace InitTx.Init.Archive;

/// <summary>How the archive process is started, or why there is none.</summary>
internal sealed record ArchiveStart
{
    /// <summary>Its absolute path; null for none.</summary>
    public string? Program { get; private init; }

    /// <summary>Why there is none, in words.</summary>
    public string Absent { get; private init; } = "";

    /// <summary>Its file; empty where none is kept.</summary>
    public string StorePath { get; private init; } = "";

    /// <summary>argv.</summary>
    public IReadOnlyList<string> Arguments { get; private init; } = [];

    /// <summary>The boot whose rows it gets.</summary>
    public required string BootId { get; init; }

    /// <summary>When this image started, CLOCK_BOOTTIME microseconds.</summary>
    public long NowUs { get; private init; }

    public static ArchiveStart Of(StartState state)
    {
        ManagerSetup setup = state.Setup;
        string boot = BootIdentity.Of(state);
        bool noStore = (setup.CommandLine.Store ?? setup.Config.Store) == JournalStore.None;
        if (noStore)
            return new ArchiveStart
            {
                BootId = boot,
                Absent = "none: Store=none keeps the newest rows only",
            };
        ArchiveSettings settings = setup.Config.Archive;
        if (!settings.Enabled)
            return new ArchiveStart { BootId = boot, Absent = "none: Archive=no" };
        if (setup.Facts.Text(BootFacts.ArchiveProgram) is not { } program)
            return new ArchiveStart
            {
                BootId = boot,
                Absent = "away: initx-archive is not installed beside initx-exec",
            };
        List<string> arguments =
        [
            program, "--serve", "3", "--boot=" + boot, "--state-dir=" + setup.Paths.State,
            string.Create(
                CultureInfo.InvariantCulture, $"--max-age={settings.MaxAgeUs / 1_000_000}"),
            string.Create(CultureInfo.InvariantCulture, $"--max-size={settings.MaxBytes}"),
            $"--ask-socket={setup.Paths.Runtime}/{ArchiveSchema.SocketName}",
            string.Create(CultureInfo.InvariantCulture, $"--owner={ProcessIds.EffectiveUid}"),
            string.Create(CultureInfo.InvariantCulture, $"--control-gid={setup.ControlGid}"),
            "--read-policy=" + (setup.Config.ReadPolicyPrivileged ? "privileged" : "all"),
        ];
        return new ArchiveStart
        {
            BootId = boot,
            Program = program,
            StorePath = $"{setup.Paths.State}/{ArchiveSchema.FileName}",
            Arguments = arguments,
            NowUs = MonotonicClock.BootTimeUs(),
        };
    }
}
