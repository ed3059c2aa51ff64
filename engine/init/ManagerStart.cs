using InitTx.Init.Boot;
using InitTx.Init.Recovery;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Machine;
using InitTx.Linux.Mounts;
using InitTx.Linux.Power;
using InitTx.Units.Loading;

namespace InitTx.Init;

/// <summary>
/// From the first instruction to a wired manager, two ways with one end: a first start reads the
/// machine (stage 0, the only time that PID 1 reads a disk), any later one takes over what the
/// image before it held. Both then run the same composition.
/// </summary>
internal static class ManagerStart
{
    private const int OpenFilesWanted = 65_536;

    public static Manager Create(StartInfo start, StartOptions options, bool isPid1)
    {
        Shim.Loading(true);
        if (!start.IsRecovery)
            SetUpProcess(isPid1);
        IReadOnlyList<HeldDescriptor> held = start.IsRecovery ? DescriptorRegistry.Enumerate() : [];
        var heldFacts = new HeldBlob("boot-facts");
        var heldTree = new HeldBlob("unit-tree");
        ManagerSetup setup = Decide(start, options, isPid1, held, heldFacts);
        var problems = new List<string>(setup.Facts.Problems);
        UnitFileTree tree = TakeTree(start, held, heldTree, problems);
        var sources = new UnitSources(setup.Context, setup.Facts.GeneratorPath(), (t, _) => setup.Load(t));
        sources.Use(tree);
        if (start.IsRecovery)
            StartMemory.Begin();
        return Composition.Build(new StartState
        {
            Start = start,
            Options = options,
            Setup = setup,
            Held = held,
            HeldTree = heldTree,
            Sources = sources,
            Problems = problems,
        });
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

    private static UnitFileTree TakeTree(
        StartInfo start, IReadOnlyList<HeldDescriptor> held, HeldBlob heldTree, List<string> problems)
    {
        if (!start.IsRecovery)
            return UnitFileTree.Empty;
        byte[]? bytes = heldTree.TakeOver(held);
        if (start.Rung >= Rung.NoConfiguration)
            return UnitFileTree.Empty;
        if (bytes is not null && UnitFileTree.TryParse(bytes, out UnitFileTree tree))
            return tree;
        problems.Add("the unit files that were in force are lost; units run on without them");
        return UnitFileTree.Empty;
    }
}
