using InitTx.Linux;
using InitTx.Linux.Launch;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Exec.Setup;

/// <summary>
/// IPAddressAllow= and its kin (systemd.resource-control(5)): programs on the unit's own control
/// group. Addresses of the slices above count as the unit's own, as in systemd, so that a unit can
/// allow what its slice denies; ports and interfaces have to pass each of them, named by an option
/// <c>Slice</c> before its own. Where there is no group or no right to bpf(2), the unit starts all
/// the same and the loss is said, as by systemd.
/// </summary>
internal sealed class TrafficSteps(SetupSettings settings, string unit)
{
    private string? _group;

    public static StepFailure? Run(SetupSettings settings, string unit) =>
        new TrafficSteps(settings, unit).Run();

    private StepFailure? Run()
    {
        var levels = new List<List<SetupOption>> { new() };
        foreach (SetupOption option in settings.Entries)
        {
            if (option.Key == "Slice")
                levels.Add([]);
            else if (option.Key is "IPAddressAllow" or "IPAddressDeny" or "SocketBindAllow"
                or "SocketBindDeny" or "RestrictNetworkInterfaces")
                levels[^1].Add(option);
        }

        return Addresses(levels) ?? Binds(levels) ?? Interfaces(levels);
    }

    private StepFailure? Addresses(List<List<SetupOption>> levels)
    {
        (List<AddressRange> allowed, List<AddressRange> denied) = ([], []);
        foreach (SetupOption option in levels.SelectMany(static l => l))
        {
            if (!option.Key.StartsWith("IPAddress", StringComparison.Ordinal))
                continue;
            if (!AddressPrefixParser.TryParse(option.Value, out byte[] address, out int bits))
                return Wrong(option);
            (option.Key == "IPAddressAllow" ? allowed : denied).Add(new(address, bits));
        }

        // With nothing denied all is allowed.
        if (denied.Count > 0)
            Attach("IPAddressDeny", group => AddressFilter.Attach(group, allowed, denied));
        return null;
    }

    private StepFailure? Binds(List<List<SetupOption>> levels)
    {
        var all = new List<BindLevel>();
        foreach (List<SetupOption> level in levels)
        {
            (List<BindRule> allowed, List<BindRule> denied) = ([], []);
            foreach (SetupOption option in level)
            {
                if (!option.Key.StartsWith("SocketBind", StringComparison.Ordinal))
                    continue;
                if (!SocketBindParser.TryParse(option.Value, out SocketBindRule r))
                    return Wrong(option);
                (option.Key == "SocketBindAllow" ? allowed : denied).Add(
                    new BindRule(r.Family, r.Protocol, r.First, r.Last));
            }

            if (denied.Count > 0)
                all.Add(new BindLevel(allowed, denied));
        }

        if (all.Count > 0)
            Attach("SocketBindDeny", group => BindFilter.Attach(group, all));
        return null;
    }

    private StepFailure? Interfaces(List<List<SetupOption>> levels)
    {
        var all = new List<InterfaceLevel>();
        foreach (SetupOption option in levels.SelectMany(static l => l))
        {
            if (option.Key != "RestrictNetworkInterfaces")
                continue;
            if (option.Value.Length == 0)
                return Wrong(option);
            var indexes = new List<uint>();
            foreach (string name in option.Value.TrimStart('~').Split(' '))
            {
                if (InterfaceFilter.TryFind(name, out uint index))
                    indexes.Add(index);
                else
                    SetupReport.Said($"RestrictNetworkInterfaces: there is no {name} now");
            }

            all.Add(new InterfaceLevel(option.Value[0] == '~', indexes));
        }

        if (all.Count > 0)
            Attach("RestrictNetworkInterfaces", group => InterfaceFilter.Attach(group, all));
        return null;
    }

    private void Attach(string directive, Func<string, SysResult> attach)
    {
        _group ??= OwnGroup.Find(unit);
        if (_group is not { } group)
        {
            SetupReport.Lost(directive, OwnGroup.Missing);
            return;
        }

        SysResult result = attach(group);
        if (result.IsError)
            SetupReport.Lost(directive, result.Error.Describe());
    }

    private static StepFailure Wrong(SetupOption option) =>
        new(ExitStatus.Bpf, option.Key, option.Value, Errno.EINVAL);
}
