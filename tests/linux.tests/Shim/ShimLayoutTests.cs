using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Tests.Shim;

/// <summary>The managed mirror of initx_shim.h against what the C compiler makes of it.</summary>
[TestFixture]
public sealed class ShimLayoutTests
{
    private static readonly (Type Managed, string Native)[] Structures =
    [
        (typeof(ShimNative.Cause), "initx_cause"),
        (typeof(ShimNative.Start), "initx_start"),
        (typeof(ShimNative.FdEntry), "initx_fd_entry"),
        (typeof(ShimNative.Slot), "initx_slot"),
        (typeof(ShimNative.ExitEntry), "initx_exit"),
        (typeof(ShimNative.Limit), "initx_limit"),
        (typeof(ShimNative.SpawnBlock), "initx_spawn"),
        (typeof(ShimNative.Spawned), "initx_spawned"),
        (typeof(ShimNative.Report), "initx_spawn_report"),
    ];

    private static readonly (string Name, long Managed)[] Constants =
    [
        ("INITX_SHIM_VERSION", ShimNative.Version),
        ("INITX_UNIT_MAX", ShimNative.UnitMax),
        ("INITX_NAME_MAX", ShimNative.NameMax),
        ("INITX_TEXT_MAX", ShimNative.TextMax),
        ("INITX_FD_LIMIT", ShimNative.FdLimit),
        ("INITX_SLOT_LIMIT", ShimNative.SlotLimit),
        ("INITX_EXIT_LIMIT", ShimNative.ExitLimit),
        ("INITX_RING_SLOTS", ShimNative.RingSlots),
        ("INITX_RING_PARTS * (INITX_RING_SLOT - 32)", ShimNative.RingRecordMax),
        ("sizeof(struct box_ring_slot)", 512),
        ("INITX_FACTS_MAX", ShimNative.FactsMax),
        ("INITX_FIRST", (int)StartReason.First),
        ("INITX_PLANNED", (int)StartReason.Planned),
        ("INITX_CRASH", (int)StartReason.Crash),
        ("INITX_HANG", (int)StartReason.Hang),
        ("INITX_EXIT", (int)StartReason.Exit),
        ("INITX_START", (int)StartReason.RuntimeFailed),
        ("INITX_RETRY", (int)StartReason.Retry),
        ("INITX_LOST", (int)StartReason.BoxLost),
        ("INITX_RUNG_SAME", (int)Rung.SameImage),
        ("INITX_RUNG_PREVIOUS", (int)Rung.PreviousImage),
        ("INITX_RUNG_BARE", (int)Rung.NoConfiguration),
        ("INITX_RUNG_LOOP", (int)Rung.LastResort),
        ("INITX_IMAGE_MEMFD", (int)ImageKind.Memfd),
        ("INITX_IMAGE_TMPFS", (int)ImageKind.Tmpfs),
        ("INITX_IMAGE_FILE", (int)ImageKind.File),
        ("INITX_IS_PID1", (int)StartFlags.Pid1),
        ("INITX_IS_TOOL", (int)StartFlags.Tool),
        ("INITX_NO_WATCHDOG", (int)StartFlags.NoWatchdog),
        ("INITX_IMAGE_CHANGED", (int)StartFlags.ImageChanged),
        ("INITX_WENT_BACK", (int)StartFlags.WentBack),
        ("INITX_ENV_DROPPED", (int)StartFlags.EnvironmentDropped),
        ("INITX_STDIO_OPENED", (int)StartFlags.StandardStreamsOpened),
        ("INITX_FD_LISTEN", (int)DescriptorKind.Listen),
        ("INITX_FD_NOTIFY", (int)DescriptorKind.Notify),
        ("INITX_FD_CONTROL", (int)DescriptorKind.Control),
        ("INITX_FD_CLIENT", (int)DescriptorKind.Client),
        ("INITX_FD_LOG", (int)DescriptorKind.LogPipe),
        ("INITX_FD_STORE", (int)DescriptorKind.Store),
        ("INITX_FD_HARDWARE", (int)DescriptorKind.HardwareWatchdog),
        ("INITX_FD_OTHER", (int)DescriptorKind.Other),
        ("INITX_FD_AUTOMOUNT", (int)DescriptorKind.Automount),
        ("INITX_FD_CONNECTION", (int)DescriptorKind.Connection),
        ("INITX_FD_NAMESPACE", (int)DescriptorKind.Namespace),
        ("INITX_SPAWN_SETSID", (int)SpawnFlags.NewSession),
        ("INITX_SPAWN_TTY", (int)SpawnFlags.ControllingTerminal),
        ("INITX_SPAWN_TTY_FORCE", (int)SpawnFlags.ForceTerminal),
        ("INITX_SPAWN_NO_NEW_PRIVILEGES", (int)SpawnFlags.NoNewPrivileges),
        ("INITX_SPAWN_IGNORE_SIGPIPE", (int)SpawnFlags.IgnoreSigpipe),
        ("INITX_SPAWN_SET_IDS", (int)SpawnFlags.SetIds),
        ("INITX_SPAWN_SET_NICE", (int)SpawnFlags.SetNice),
        ("INITX_SPAWN_SET_UMASK", (int)SpawnFlags.SetUmask),
        ("INITX_SPAWN_CHDIR_OPTIONAL", (int)SpawnFlags.DirectoryOptional),
        ("INITX_SPAWN_JOIN_CGROUP", (int)SpawnFlags.JoinCgroup),
        ("INITX_FALLBACK_CLONE", (int)SpawnFallback.Clone),
        ("INITX_FALLBACK_CGROUP", (int)SpawnFallback.Cgroup),
        ("INITX_STEP_CGROUP", (int)SpawnStep.Cgroup),
        ("INITX_STEP_SETSID", (int)SpawnStep.Session),
        ("INITX_STEP_SIGNALS", (int)SpawnStep.Signals),
        ("INITX_STEP_LIMITS", (int)SpawnStep.Limits),
        ("INITX_STEP_NICE", (int)SpawnStep.Nice),
        ("INITX_STEP_DESCRIPTORS", (int)SpawnStep.Descriptors),
        ("INITX_STEP_TTY", (int)SpawnStep.Terminal),
        ("INITX_STEP_GROUPS", (int)SpawnStep.Groups),
        ("INITX_STEP_USER", (int)SpawnStep.User),
        ("INITX_STEP_DIRECTORY", (int)SpawnStep.Directory),
        ("INITX_STEP_NO_NEW_PRIVILEGES", (int)SpawnStep.NoNewPrivileges),
        ("INITX_STEP_EXEC", (int)SpawnStep.Execute),
        ("SYS_clone3", 435),
        ("SYS_pidfd_open", 434),
        ("SYS_close_range", 436),
        ("SYS_execveat", 322),
        ("SYS_fsopen", 430),
    ];

    [Test]
    public void Every_structure_lies_as_in_c()
    {
        var program = new StringBuilder("#include \"internal.h\"\n#include <stdio.h>\nint main(void) {\n");
        foreach ((Type managed, string native) in Structures)
        {
            program.Append(CultureInfo.InvariantCulture, $"printf(\"{native}=%zu\\n\", sizeof(struct {native}));\n");
            foreach (FieldInfo field in FieldsOf(managed))
            {
                string member = SnakeCase(field.Name);
                program.Append(
                    CultureInfo.InvariantCulture,
                    $"printf(\"{native}.{member}=%zu:%zu\\n\", offsetof(struct {native}, {member}),"
                    + $" sizeof(((struct {native} *)0)->{member}));\n");
            }
        }

        Dictionary<string, string> actual = Run(program.Append("return 0; }\n").ToString());
        Assert.Multiple(() =>
        {
            foreach ((Type managed, string native) in Structures)
            {
                Assert.That(
                    Marshal.SizeOf(managed).ToString(CultureInfo.InvariantCulture),
                    Is.EqualTo(actual[native]), "size of " + native);
                foreach (FieldInfo field in FieldsOf(managed))
                    Assert.That(
                        $"{Marshal.OffsetOf(managed, field.Name)}:{SizeOf(field.FieldType)}",
                        Is.EqualTo(actual[$"{native}.{SnakeCase(field.Name)}"]),
                        $"offset and size of {native}.{field.Name}");
            }
        });
    }

    [Test]
    public void Every_constant_is_the_same_in_c()
    {
        var program = new StringBuilder("#include \"internal.h\"\n#include <stdio.h>\nint main(void) {\n");
        foreach ((string name, _) in Constants)
            program.Append(CultureInfo.InvariantCulture, $"printf(\"{name}=%lld\\n\", (long long)({name}));\n");
        Dictionary<string, string> actual = Run(program.Append("return 0; }\n").ToString());
        Assert.Multiple(() =>
        {
            foreach ((string name, long managed) in Constants)
                Assert.That(actual[name], Is.EqualTo(managed.ToString(CultureInfo.InvariantCulture)), name);
        });
    }

    [Test]
    public void Every_function_of_the_header_has_its_entry_point_and_no_other()
    {
        string header = File.ReadAllText(Path.Combine(NativeProgram.ShimDirectory, "initx_shim.h"));
        var declared = System.Text.RegularExpressions.Regex.Matches(header, @"^(?:int|void) (initx_\w+)\(", System.Text.RegularExpressions.RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value);
        var imported = typeof(ShimNative)
            .GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LibraryImportAttribute>()?.EntryPoint
                ?? method.GetCustomAttribute<DllImportAttribute>()?.EntryPoint)
            .OfType<string>()
            .Distinct();
        Assert.That(imported, Is.EquivalentTo(declared));
    }

    private static FieldInfo[] FieldsOf(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);

    private static int SizeOf(Type type) => type.IsPointer ? IntPtr.Size : Marshal.SizeOf(type);

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    private static Dictionary<string, string> Run(string source)
    {
        using NativeProgram program = NativeProgram.WithHeaders(source);
        (int code, string output) = program.Run();
        Assert.That(code, Is.Zero, output);
        return output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2))
            .ToDictionary(parts => parts[0], parts => parts[1]);
    }
}
