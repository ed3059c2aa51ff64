using InitTx.Init.Boot;
using InitTx.Init.Recovery;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Machine;
using InitTx.Linux.Mounts;
using InitTx.Linux.Power;
using InitTx.Units.Recording;

namespace InitTx.Init;

/// <summary>
/// From the first instruction to a wired manager, two ways with one end: a first start reads the
/// machine (stage 0, the only time that PID 1 reads a disk), any later one takes over what the
/// image before it held. Both then run the same composition.
/// </summary>
internal static class ManagerStart
{
    private const int OpenFilesWanted = 65_536;

    // Held as long as this process lives, through every exec.
    private static FileDescriptor? _lock;

    /// <summary>Null, told on the error stream, where another manager has the directory.</summary>
    public static Manager? Create(StartInfo start, StartOptions options, bool isPid1)
    {
        Shim.Loading(true);
        if (!start.IsRecovery)
            SetUpProcess(isPid1);
        IReadOnlyList<HeldDescriptor> held = start.IsRecovery ? DescriptorRegistry.Enumerate() : [];
        var heldFacts = new HeldBlob("boot-facts");
        var heldTree = new HeldBlob("unit-tree");
        ManagerSetup setup = Decide(start, options, isPid1, held, heldFacts);
        if (!isPid1 && !start.IsRecovery && Lock(setup.Paths) is { } taken)
        {
            Program.Say(2, "initxd: " + taken, 1);
            return null;
        }

        List<string> problems = [.. setup.Facts.Problems];
        if (setup.Config.LockMemory && ProcessSettings.LockMemory() is { IsError: true } refused)
            problems.Add($"LockMemory=: mlockall(2): {refused.Error.Describe()}");
        var sources = new UnitSources(setup, heldTree, problems.Add);
        var definitions = new HeldDefinitions(heldTree);
        if (start.IsRecovery)
            StartMemory.Begin();
        IReadOnlyList<HeldDefinition>? inForce =
            TakeUnits(start, held, heldTree, definitions, sources, problems);
        return Composition.Build(new StartState
        {
            Start = start,
            Options = options,
            Setup = setup,
            Held = held,
            HeldTree = heldTree,
            HeldDefinitions = definitions,
            InForce = inForce,
            Sources = sources,
            Problems = problems,
        });
    }

    /// <summary>
    /// Two managers on one directory would take each other's journal and sockets. As PID 1 there
    /// is no other.
    /// </summary>
    private static string? Lock(ManagerPaths paths)
    {
        SysResult made = DirectoryMaker.MakeAll(paths.Runtime, 0b111_101_101);
        if (made.IsError)
            return $"{paths.Runtime}: {made.Error.Describe()}; --runtime-dir=DIR or XDG_RUNTIME_DIR"
                + " names a directory of yours";
        SysResult<FileDescriptor> taken = FileLock.TryTake(paths.LockFile);
        if (taken.Error == Errno.EAGAIN)
            return $"another manager runs on {paths.Runtime}";
        if (taken.IsError)
            return taken.Message;
        _lock = taken.Require();
        int kept = DescriptorRegistry.Register(_lock.Number, DescriptorKind.Other, "", "lock");
        return kept < 0 ? $"{paths.LockFile}: {((Errno)(-kept)).Describe()}" : null;
    }

    private static void SetUpProcess(bool isPid1)
    {
        ProcessSettings.GoToRoot();
        ProcessSettings.SetUmask(0b000_010_010);
        ProcessSettings.RaiseOpenFiles(OpenFilesWanted);
        if (!isPid1)
        {
            ProcessSettings.BecomeSubreaper();
            return;
        }

        // As systemd: what else was started with it is in no process group of ours (autofs goes by
        // that), and no terminal's signals come here.
        ProcessSettings.NewSession();
        EarlyMounts.MountAll();
        LoopbackInterface.BringUp();
        SystemPower.DisableCtrlAltDel();

        // sd_booted(3): maintainer scripts and services look for this directory.
        Files.MakeDirectory(Files.Cwd, "/run/systemd", 0b111_101_101);
        Files.MakeDirectory(Files.Cwd, "/run/systemd/system", 0b111_101_101);
    }

    private static ManagerSetup Decide(
        StartInfo start,
        StartOptions options,
        bool isPid1,
        IReadOnlyList<HeldDescriptor> held,
        HeldBlob heldFacts)
    {
        if (start.IsRecovery)
        {
            byte[]? kept = heldFacts.TakeOver(held);

            // The rung without configuration: what was read before may be what kills us.
            BootFacts facts = (kept is null || start.Rung >= Rung.NoConfiguration ? null : BootFacts.Parse(kept))
                ?? new BootFacts();
            return ManagerSetup.From(options, isPid1, facts);
        }

        ManagerSetup setup = ManagerSetup.Gather(options, isPid1);
        SetHostName(isPid1, setup);
        heldFacts.Replace(setup.Facts.Serialize());
        return setup;
    }

    private static void SetHostName(bool isPid1, ManagerSetup setup)
    {
        if (isPid1 && !setup.InContainer && setup.Facts.Has(BootFacts.EtcHostName))
            SystemIdentity.SetHostName(setup.Facts.Bytes(BootFacts.EtcHostName));
    }

    // With the definitions in force the unit files need not be looked at now.
    private static IReadOnlyList<HeldDefinition>? TakeUnits(
        StartInfo start,
        IReadOnlyList<HeldDescriptor> held,
        HeldBlob heldTree,
        HeldDefinitions definitions,
        UnitSources sources,
        List<string> problems)
    {
        if (!start.IsRecovery)
            return null;
        heldTree.Adopt(held);
        if (start.Rung >= Rung.NoConfiguration)
        {
            definitions.Forget(held);
            return null;
        }

        IReadOnlyList<HeldDefinition>? inForce = definitions.TakeOver(held, problems);
        if (inForce is null)
            sources.Use(sources.ReadHeld());
        else
            sources.UseHeld();
        return inForce;
    }
}
