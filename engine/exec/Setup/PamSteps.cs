using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Identity;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// PAMName= (systemd.exec(5)), with User= only: a session of the unit's user, opened as root before
/// anything is taken from this process. What modules change of it (limits, umask, groups, ambient
/// capabilities, variables) stands above what the unit says; native/pam_session.c closes it.
/// </summary>
internal sealed class PamSteps(ChildOptions options, SetupSettings settings)
{
    private const int Data = 2;
    private const int AddressSpace = 9;

    private readonly string? _service =
        options.UserName.Length > 0 && !options.InUserNamespace ? settings.Find("PAMName") : null;

    private readonly List<LimitOption> _later = [];
    private uint _umask;

    /// <summary>A session is opened.</summary>
    public bool IsOn => _service is not null;

    /// <summary>Limits that are still to be set.</summary>
    public IReadOnlyList<LimitOption> Limits => IsOn ? _later : options.Limits;

    /// <summary>The umask of the service.</summary>
    public uint UmaskAfter(uint otherwise) => IsOn ? _umask : otherwise;

    /// <summary>Opens the session.</summary>
    /// <param name="umask">The service's, which a module may change.</param>
    public StepFailure? Open(ServiceEnvironment environment, uint umask)
    {
        if (_service is not { } service)
            return null;
        StepFailure? failure = SetLimits();
        if (failure is not null)
            return failure;
        uint[] groups = Identities.Supplementary();
        uint own = ProcessImage.SetUmask(umask);
        List<LimitOption> before = Now();
        SysResult result = PamSession.Open(
            service, options.UserName, settings.Find("TTYPath"), environment, options.Marked,
            out string why);
        _umask = ProcessImage.SetUmask(own);
        if (result.IsError)
        {
            return new StepFailure(
                ExitStatus.Pam, "PAMName", $"{service}: {why}", result.Error);
        }

        List<LimitOption> after = Now();
        _later.RemoveAll(limit => !before.Exists(b => b.Resource == limit.Resource
            && after.Contains(b)));
        options.AddGroups(Identities.Supplementary().Except(groups));
        if (Privileges.Ambient() is not 0 and ulong ambient)
        {
            ambient |= settings.Mask("AmbientCapabilities") ?? 0;
            settings.Add(
                "AmbientCapabilities", ambient.ToString("x", CultureInfo.InvariantCulture));
        }

        return null;
    }

    /// <summary>
    /// The command line for the same program once more, without what is done and must not be done
    /// again.
    /// </summary>
    public IEnumerable<string> Again(string[] arguments)
    {
        if (!IsOn)
            return arguments;
        int end = Array.IndexOf(arguments, "--");
        List<string> left = [.. arguments[..end].Where(static a =>
            !a.StartsWith("--limit=", StringComparison.Ordinal)
            && !a.StartsWith("--umask=", StringComparison.Ordinal))];
        left.AddRange(_later.Select(static l => string.Create(
            CultureInfo.InvariantCulture, $"--limit={l.Resource}:{l.Soft}:{l.Hard}")));
        left.Add(string.Create(CultureInfo.InvariantCulture, $"--umask={_umask}"));
        if (settings.Find("AmbientCapabilities") is { } ambient)
            left.Add("--AmbientCapabilities=" + ambient);
        return [.. left, .. arguments[end..]];
    }

    // Before the modules, so that pam_limits has the last word, but for those under which the
    // runtime of this program could not go on.
    private StepFailure? SetLimits()
    {
        StepFailure? failure = null;
        foreach (LimitOption limit in options.Limits)
        {
            if (limit.Resource is Data or AddressSpace)
            {
                _later.Add(limit);
                continue;
            }

            failure ??= StepFailure.Of(
                ProcessImage.SetLimit(limit.Resource, limit.Soft, limit.Hard),
                ExitStatus.Limits, "Limit*", $"{limit.Resource}");
        }

        return failure;
    }

    private static List<LimitOption> Now()
    {
        var list = new List<LimitOption>();
        foreach (int resource in (ReadOnlySpan<int>)[Data, AddressSpace])
        {
            if (ProcessImage.GetLimit(resource, out ulong soft, out ulong hard).IsOk)
                list.Add(new LimitOption(resource, soft, hard));
        }

        return list;
    }
}
