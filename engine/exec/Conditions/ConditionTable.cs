namespace InitTx.Exec.Conditions;

/// <summary>Every condition type that is known, by the name it has in unit files.</summary>
internal sealed class ConditionTable
{
    private readonly Dictionary<string, Func<string, ConditionResult>> _tests;

    public ConditionTable(SystemFiles system)
    {
        var kernel = new KernelConditions(system);
        var machine = new MachineConditions(system);
        var security = new SecurityConditions(system);
        var virtualization = new Virtualization(system);
        var pressure = new PressureConditions(system);
        var update = new UpdateConditions(system);
        _tests = new Dictionary<string, Func<string, ConditionResult>>(StringComparer.Ordinal)
        {
            ["PathExists"] = PathConditions.Exists,
            ["PathExistsGlob"] = PathConditions.ExistsGlob,
            ["PathIsDirectory"] = PathConditions.IsDirectory,
            ["PathIsSymbolicLink"] = PathConditions.IsSymbolicLink,
            ["PathIsMountPoint"] = PathConditions.IsMountPoint,
            ["PathIsReadWrite"] = PathConditions.IsReadWrite,
            ["PathIsEncrypted"] = machine.PathIsEncrypted,
            ["DirectoryNotEmpty"] = PathConditions.DirectoryNotEmpty,
            ["FileNotEmpty"] = PathConditions.FileNotEmpty,
            ["FileIsExecutable"] = PathConditions.FileIsExecutable,
            ["KernelCommandLine"] = kernel.CommandLine,
            ["KernelVersion"] = kernel.Version,
            ["Architecture"] = MachineConditions.Architecture,
            ["Firmware"] = machine.Firmware,
            ["Virtualization"] = virtualization.Test,
            ["Host"] = machine.Host,
            ["ACPower"] = machine.AcPower,
            ["CPUs"] = machine.Cpus,
            ["CPUFeature"] = machine.CpuFeature,
            ["Memory"] = machine.Memory,
            ["OSRelease"] = machine.OsRelease,
            ["ControlGroupController"] = machine.ControlGroupController,
            ["Environment"] = MachineConditions.ManagerEnvironment,
            ["Credential"] = machine.Credential,
            ["Security"] = security.Technology,
            ["Capability"] = security.Capability,
            ["User"] = IdentityConditions.User,
            ["Group"] = IdentityConditions.Group,
            ["NeedsUpdate"] = update.NeedsUpdate,
            ["FirstBoot"] = update.FirstBoot,
            ["MemoryPressure"] = argument => pressure.Test("memory", argument),
            ["CPUPressure"] = argument => pressure.Test("cpu", argument),
            ["IOPressure"] = argument => pressure.Test("io", argument),
        };
    }

    /// <summary>The names that are known, for tests and documents.</summary>
    public IReadOnlyCollection<string> Types => _tests.Keys;

    /// <param name="why">Why it is unknown; empty otherwise.</param>
    public ConditionResult Test(string type, string argument, out string why)
    {
        why = "";
        if (!_tests.TryGetValue(type, out Func<string, ConditionResult>? test))
        {
            why = "no such condition is known";
            return ConditionResult.Unknown;
        }

        ConditionResult result = test(argument);
        if (result == ConditionResult.Unknown)
            why = "cannot be told";
        return result;
    }
}
