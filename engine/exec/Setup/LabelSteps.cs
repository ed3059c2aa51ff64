using InitTx.Exec.Conditions;
using InitTx.Linux;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// SmackProcessLabel=, SELinuxContext= and AppArmorProfile= (systemd.exec(5)). As with systemd, one
/// whose module the kernel does not run is passed over, which is said; "-" before a label forgives
/// that it cannot be set.
/// </summary>
internal sealed class LabelSteps(SetupSettings settings, SystemFiles system)
{
    // By the name of ConditionSecurity=; where the kernel is told, the module's own place first.
    private static readonly (string Key, string Module, int Status, string[] Files)[] Modules =
    [
        ("SmackProcessLabel", "smack", ExitStatus.SmackLabel,
            ["/proc/self/attr/smack/current", "/proc/self/attr/current"]),
        ("SELinuxContext", "selinux", ExitStatus.SelinuxContext, ["/proc/self/attr/exec"]),
        ("AppArmorProfile", "apparmor", ExitStatus.AppArmorProfile,
            ["/proc/self/attr/apparmor/exec", "/proc/self/attr/exec"]),
    ];

    private readonly SecurityLabel?[] _open = new SecurityLabel?[Modules.Length];

    /// <summary>
    /// While /proc and /sys are to be seen: looks which modules there are, and opens their files.
    /// </summary>
    /// <param name="isSure">They were seen to be there by the first of two rounds.</param>
    public StepFailure? Prepare(Func<string, bool> isSure)
    {
        var security = new SecurityConditions(system);
        for (int i = 0; i < Modules.Length; i++)
        {
            (string key, string module, int status, string[] files) = Modules[i];
            if (settings.Find(key) is not { } label)
                continue;
            if (!isSure(key) && security.Technology(module) != ConditionResult.Yes)
            {
                SetupReport.Lost(key, $"the kernel runs no {module}");
                continue;
            }

            SysResult<SecurityLabel> opened =
                SecurityLabel.Open([.. files.Select(system.At)]);
            _open[i] = opened.Value;
            if (opened.IsError && Wrong(key, label, status, opened.Error) is { } failure)
                return failure;
        }

        return null;
    }

    /// <summary>Directives whose module is there, for the second round.</summary>
    public IEnumerable<string> Found()
    {
        for (int i = 0; i < Modules.Length; i++)
        {
            if (_open[i] is not null)
                yield return Modules[i].Key;
        }
    }

    /// <summary>Smack's, of this process: the last step for which root is needed.</summary>
    public StepFailure? Own() => Set(0, 1);

    /// <summary>Those of the program that is executed: the last steps before the filters.</summary>
    public StepFailure? Program() => Set(1, Modules.Length);

    private StepFailure? Set(int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            if (_open[i] is not { } file)
                continue;
            (string key, string module, int status, _) = Modules[i];
            string label = settings.Find(key)!;
            string name = label.TrimStart('-');
            SysResult result = file.Set(module switch
            {
                "apparmor" => "exec " + name,
                "selinux" => name + '\0',
                _ => name,
            });
            file.Dispose();
            _open[i] = null;
            if (result.IsError && Wrong(key, label, status, result.Error) is { } failure)
                return failure;
        }

        return null;
    }

    private static StepFailure? Wrong(string key, string label, int status, Errno error)
    {
        if (label[0] != '-')
            return new StepFailure(status, key, label, error);
        SetupReport.Lost(key, $"{label[1..]}: {error.Describe()}");
        return null;
    }
}
