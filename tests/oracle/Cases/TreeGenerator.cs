using System.Text;
using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// Random trees of units of every type, each in a name space of its own so that a hundred go into
/// one run. Orders lead from lower to higher numbers and nothing conflicts, so that systemd has no
/// choice to make; requirements lead anywhere.
/// </summary>
internal sealed class TreeGenerator(WorkDirectory work, Random random)
{
    /// <summary>Targets that default dependencies name; they must exist for both sides.</summary>
    public static readonly string[] Special =
    [
        "sysinit", "basic", "shutdown", "sockets", "timers", "paths", "slices", "umount",
        "local-fs", "local-fs-pre", "remote-fs", "remote-fs-pre", "swap", "time-sync", "time-set",
        "network", "network-online",
    ];

    private static readonly string[] Pulls = ["Wants", "Requires", "BindsTo", "Upholds"];
    private string _prefix = "";
    private List<string> _names = [];

    // A unit that cannot be started is only wanted: what systemd does to one that requires it
    // depends on the order in which it looks at the requirements.
    private int _broken;

    /// <summary>Writes the targets that all trees share.</summary>
    public static void WriteSpecial(WorkDirectory work)
    {
        foreach (string name in Special)
            work.Write($"t/{name}.target", "[Unit]\nDefaultDependencies=no\n");
        work.Write("t/dbus.socket", "[Unit]\nDefaultDependencies=no\n"
            + "[Socket]\nListenStream=/run/dbus/s\n");
    }

    /// <summary>Writes one tree; the answer is the unit that leads to the rest.</summary>
    public string Write(int number)
    {
        _prefix = $"z{number}z";
        _names = [];
        int count = random.Next(4, 14);
        for (int i = 0; i < count; i++)
            _names.Add(Name(i));
        _broken = random.Next(4) == 0 ? random.Next(count) : -1;
        for (int i = 0; i < count; i++)
            WriteUnit(i);
        string root = $"{_prefix}root.target";
        var text = new StringBuilder("[Unit]\n");
        for (int i = 0; i < count; i++)
        {
            if (random.Next(3) == 0)
                text.Append("Wants=").Append(_names[i]).Append('\n');
        }

        text.Append("Wants=").Append(_names[random.Next(count)]).Append('\n');
        work.Write($"t/{root}", text.ToString());
        return root;
    }

    private string Name(int i)
    {
        string stem = $"{_prefix}{(char)('a' + i)}";
        return random.Next(12) switch
        {
            0 => $"{stem}.target",
            1 => $"{stem}.socket",
            2 => $"{stem}.timer",
            3 => $"{stem}.path",
            4 => $"{stem}-sub.mount",
            5 => $"{stem}@in{i}.service",
            _ => $"{stem}.service",
        };
    }

    private void WriteUnit(int i)
    {
        string name = _names[i];
        string file = name.Contains('@', StringComparison.Ordinal)
            ? name[..(name.IndexOf('@', StringComparison.Ordinal) + 1)] + ".service" : name;
        if (i == _broken && random.Next(2) == 0)
        {
            if (random.Next(2) == 0)
                work.Link($"t/{name}", "/dev/null");
            return;
        }

        work.Write($"t/{file}", UnitSection(i) + TypeSection(i));
        if (random.Next(8) == 0)
        {
            string? other = Other(i, whole: true);
            if (other is not null)
                work.Link($"t/{name}.{(random.Next(2) == 0 ? "wants" : "requires")}/{other}",
                    $"../{other}");
        }

        if (random.Next(8) == 0)
            work.Write($"t/{name}.d/{random.Next(9)}.conf", "[Unit]\n" + Pull(i) + Order(i));
        if (random.Next(10) == 0 && name.EndsWith(".service", StringComparison.Ordinal)
            && !name.Contains('@', StringComparison.Ordinal))
            work.Link($"t/{_prefix}alias{i}.service", name);
    }

    private string UnitSection(int i)
    {
        var text = new StringBuilder($"[Unit]\nDescription={_names[i]} %n %p\n");
        if (random.Next(3) == 0)
            text.Append("DefaultDependencies=no\n");
        for (int n = random.Next(3); n > 0; n--)
            text.Append(Pull(i));
        for (int n = random.Next(3); n > 0; n--)
            text.Append(Order(i));

        // Whether a target is ordered behind what it is a part of depends, in systemd, on which of
        // the two was loaded first.
        if (random.Next(6) == 0 && !_names[i].EndsWith(".target", StringComparison.Ordinal))
            text.Append(Line("PartOf", i));
        if (random.Next(8) == 0)
            text.Append(Line("OnFailure", i)).Append(Line("PropagatesReloadTo", i));
        int mount = random.Next(i + 1);
        if (random.Next(8) == 0 && mount != _broken)
            text.Append($"RequiresMountsFor=/{_prefix}{(char)('a' + mount)}/sub/x\n");
        if (random.Next(10) == 0)
            text.Append($"Wants={_prefix}gone.service\nAfter={_prefix}gone.service\n");
        if (random.Next(20) == 0)
            text.Append(Line("JoinsNamespaceOf", i)).Append(Line("StopPropagatedFrom", i));
        return text.ToString();
    }

    private string Line(string key, int i) =>
        Other(i) is { } other ? $"{key}={other}\n" : "";

    private string Pull(int i)
    {
        string kind = Pulls[Math.Min(random.Next(8), random.Next(8)) / 2];
        return Other(i, whole: kind != "Wants") is { } other ? $"{kind}={other}\n" : "";
    }

    // Only from lower to higher numbers: no cycles, whatever else is written.
    private string Order(int i)
    {
        int other = random.Next(_names.Count);
        return other < i ? $"After={_names[other]}\n"
            : other > i ? $"Before={_names[other]}\n" : "";
    }

    // Targets are ordered behind their members, so these have lower numbers.
    private string? Other(int i, bool whole = false)
    {
        bool target = _names[i].EndsWith(".target", StringComparison.Ordinal);
        int other = random.Next(target ? i : _names.Count);
        bool fits = other != i && !(whole && other == _broken) && other < _names.Count;
        return fits && !(target && other >= i) ? _names[other] : null;
    }

    private string TypeSection(int i)
    {
        string name = _names[i];
        string type = name[(name.LastIndexOf('.') + 1)..];
        return type switch
        {
            "service" => Service(i),
            "socket" => $"[Socket]\nListenStream=/run/{name}\n"
                + (random.Next(2) == 0 ? "" : "Accept=yes\n") + "DirectoryMode=0711\n",
            "timer" => "[Timer]\nOnBootSec=5\n" + (random.Next(2) == 0 ? "OnCalendar=daily\n" : "")
                + (random.Next(2) == 0 ? "Persistent=yes\n" : "") + Later(i),
            "path" => "[Path]\nPathExists=/srv/x\n" + Later(i),
            "mount" => $"[Mount]\nWhat={(random.Next(2) == 0 ? "/dev/x" : "tmpfs")}\n"
                + (random.Next(3) == 0 ? "Options=nofail,_netdev\n" : ""),
            _ => "",
        };
    }

    // What a timer or path starts is ordered behind it.
    private string Later(int i) => i + 1 < _names.Count && random.Next(3) > 0
        ? $"Unit={_names[random.Next(i + 1, _names.Count)]}\n" : "";

    private string Service(int i)
    {
        var text = new StringBuilder("[Service]\nExecStart=/bin/sleep %n \"$A b\" ; \n"
            .Replace(" ; ", "", StringComparison.Ordinal));
        if (random.Next(6) == 0)
            text.Append("Type=oneshot\nRemainAfterExit=yes\n");
        if (random.Next(8) == 0)
            text.Append($"Type=dbus\nBusName=org.x.{_prefix}{i}\n");
        if (random.Next(6) == 0)
            text.Append("PrivateTmp=yes\nStateDirectory=a/b\n");
        if (random.Next(8) == 0)
            text.Append($"Slice={_prefix}s-u.slice\n");
        if (random.Next(6) == 0)
            text.Append("StandardOutput=null\nStandardError=null\n");
        if (i == _broken)
            text.Append("ExecStart=/bin/two\nType=simple\n");
        return text.ToString();
    }
}
