using InitTx.Linux;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// The filters that a unit asks for, finished before the first is loaded. Order as in systemd: what
/// narrows single calls first, SystemCallFilter= last. Where SystemCallArchitectures= forbids the
/// foreign architectures of the processor, no filters are made for them.
/// </summary>
internal sealed class SystemCallFilters(SetupSettings settings)
{
    private static readonly (string Key, string Group)[] DeniedGroups =
    [
        ("ProtectKernelModules", "@module"),
        ("ProtectClock", "@clock"),
        ("PrivateDevices", "@raw-io"),
    ];

    private static readonly (string Key, string[] Calls)[] DeniedCalls =
    [
        ("ProtectKernelTunables", ["_sysctl"]),
        ("ProtectKernelLogs", ["syslog"]),
        ("ProtectHostname", ["sethostname", "setdomainname"]),
    ];

    private readonly List<byte[]> _programs = [];
    private readonly List<string> _names = [];
    private uint[] _architectures = [];

    /// <summary>The programs in the order of loading.</summary>
    public IReadOnlyList<byte[]> Programs => _programs;

    /// <summary>The directive behind a program.</summary>
    public string NameOf(int program) => _names[program];

    /// <summary>Builds all; the failure names the directive.</summary>
    public StepFailure? Build()
    {
        string? allowed = settings.Find("SystemCallArchitectures");
        _architectures = Local(allowed);
        StepFailure? failure = Each("RestrictAddressFamilies", FilterAction.Allow, Families);
        failure ??= Each("MemoryDenyWriteExecute", FilterAction.Allow, FilterRules.WriteExecute);
        failure ??= Each("RestrictRealtime", FilterAction.Allow, FilterRules.Realtime);
        failure ??= settings.RestrictSetId
            ? Make("RestrictSUIDSGID", FilterAction.Allow, FilterRules.SetId)
            : null;
        failure ??= Each("RestrictNamespaces", FilterAction.Allow,
            (filter, _) => FilterRules.Namespaces(
                filter, settings.Mask("RestrictNamespaces") ?? 0));
        foreach ((string key, string[] calls) in DeniedCalls)
            failure ??= Each(key, FilterAction.Allow, (filter, _) => Deny(filter, calls));
        foreach ((string key, string group) in DeniedGroups)
        {
            failure ??= Each(key, FilterAction.Allow,
                (filter, _) => Deny(filter, FilterWords.Fold(["~" + group]).Calls.Keys));
        }

        failure ??= allowed is null ? null : ForeignArchitectures(allowed);
        failure ??= Each("LockPersonality", FilterAction.Allow, FilterRules.Personality);
        failure ??= Lists("SystemCallLog", log: true);
        return failure ?? Lists("SystemCallFilter", log: false);
    }

    private delegate SysResult Rules(SeccompFilter filter, uint architecture);

    private StepFailure? Each(string key, FilterAction otherwise, Rules rules) =>
        settings.Has(key) ? Make(key, otherwise, rules) : null;

    private StepFailure? Make(string key, FilterAction otherwise, Rules rules)
    {
        foreach (uint architecture in _architectures)
        {
            SysResult result = SeccompFilter.Make(otherwise, architecture, out SeccompFilter? made);
            using SeccompFilter? filter = made;
            if (result.IsOk)
                result = rules(filter!, architecture);
            if (result.IsOk)
                result = Finish(key, filter!);
            if (result.IsError)
                return new StepFailure(ExitStatus.Seccomp, key, Why(result), result.Error);
        }

        return null;
    }

    private static string Why(SysResult result) =>
        result.Error == Errno.ENOSYS ? "libseccomp.so.2 is missing" : "";

    private SysResult Finish(string key, SeccompFilter filter)
    {
        SysResult result = filter.Export(out byte[] program);
        if (result.IsOk)
        {
            _programs.Add(program);
            _names.Add(key);
        }

        return result;
    }

    // An x86-64 kernel runs three kinds of programs; what is forbidden altogether needs no filter.
    // Our own kind comes last: its filter may forbid seccomp(2), which loads the others.
    private static uint[] Local(string? allowed)
    {
        if (allowed is null)
            return [SeccompFilter.X86, SeccompFilter.X32, SeccompFilter.X8664];
        var list = new List<uint>();
        foreach (string name in allowed.Split(' '))
        {
            if (name == "x86")
                list.Add(SeccompFilter.X86);
            else if (name == "x32")
                list.Add(SeccompFilter.X32);
        }

        list.Add(SeccompFilter.X8664);
        return [.. list];
    }

    private StepFailure? ForeignArchitectures(string allowed)
    {
        const string key = "SystemCallArchitectures";
        SysResult result = SeccompFilter.Make(
            FilterAction.Allow, SeccompFilter.X8664, out SeccompFilter? made);
        using SeccompFilter? filter = made;
        foreach (string name in allowed.Split(' '))
        {
            uint architecture = result.IsError || name is "native" or "x86-64"
                ? 0
                : SeccompFilter.Architecture(Spelling(name));
            if (architecture != 0)
                result = filter!.AddArchitecture(architecture);
        }

        if (result.IsOk)
            result = filter!.AnswerOtherArchitectures(FilterAction.Kill);
        if (result.IsOk)
            result = Finish(key, filter!);
        return StepFailure.Of(result, ExitStatus.Seccomp, key, Why(result));
    }

    // libseccomp's own names.
    private static string Spelling(string name) => name switch
    {
        "arm64" => "aarch64",
        "mips-le" => "mipsel",
        "mips64-le" => "mipsel64",
        "mips64-n32" => "mips64n32",
        "mips64-le-n32" => "mipsel64n32",
        "ppc64-le" => "ppc64le",
        _ => name,
    };

    private StepFailure? Lists(string key, bool log)
    {
        List<string> lines = settings.All(key);
        if (lines.Count == 0)
            return null;
        FilterWords words = FilterWords.Fold(lines);
        string? number = settings.Find("SystemCallErrorNumber");
        FilterAction negative = log
            ? FilterAction.Log
            : Answer(number is null ? FilterWords.Kill : FilterWords.Number(number));
        bool allows = words.Allows != log;
        return Make(key, allows ? negative : FilterAction.Allow, (filter, _) =>
        {
            foreach ((string call, int error) in words.Calls)
            {
                FilterAction action = error != FilterWords.Default ? Answer(error)
                    : allows ? FilterAction.Allow : negative;
                SysResult added = Rule(filter, action, call);
                if (added.IsError)
                    return added;
            }

            return SysResult.Ok;
        });
    }

    private static FilterAction Answer(int number) =>
        number == FilterWords.Kill ? FilterAction.Kill : FilterAction.Fail(number);

    private static SysResult Deny(SeccompFilter filter, IEnumerable<string> calls)
    {
        foreach (string call in calls)
        {
            SysResult added = Rule(filter, FilterAction.Fail((int)Errno.EPERM), call);
            if (added.IsError)
                return added;
        }

        return SysResult.Ok;
    }

    // Names that this libseccomp does not know, or that the architecture has not, cannot be called.
    private static SysResult Rule(SeccompFilter filter, FilterAction action, string call)
    {
        SysResult added = filter.Add(action, call);
        return added.Error is Errno.ENOENT or Errno.EDOM or Errno.EACCES ? SysResult.Ok : added;
    }

    private SysResult Families(SeccompFilter filter, uint architecture) =>
        architecture == SeccompFilter.X86
            ? SysResult.Ok
            : FilterRules.Families(filter, settings.All("RestrictAddressFamilies"));
}
