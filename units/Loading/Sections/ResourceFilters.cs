using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// systemd.resource-control(5): with whom, and at which ports and interfaces, the sockets of a
/// control group may speak. Kept as text for initx-exec, as <see cref="ExecSetup"/> does.
/// </summary>
internal static class ResourceFilters
{
    // In the order in which an enlarged word is written down.
    private static readonly (string Word, string[] Networks)[] Names =
    [
        ("any", ["0.0.0.0/0", "::/0"]),
        ("localhost", ["127.0.0.0/8", "::1/128"]),
        ("link-local", ["169.254.0.0/16", "fe80::/64"]),
        ("multicast", ["224.0.0.0/4", "ff00::/8"]),
    ];

    // SOCKET_BIND_MAX_RULES of systemd.
    private const int MostBindRules = 128;
    private const int MostInterfaces = 256;

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "IPAddressAllow" or "IPAddressDeny":
                Addresses(s);
                return true;
            case "SocketBindAllow" or "SocketBindDeny":
                Binds(s);
                return true;
            case "RestrictNetworkInterfaces":
                Interfaces(s);
                return true;
            default:
                return false;
        }
    }

    private static void Addresses(in Setting s)
    {
        if (s.IsReset)
            Set(s, []);
        var networks = new List<string>();
        foreach ((string word, int offset) in s.Words(WordRules.None))
        {
            if (Array.Find(Names, n => n.Word == word) is { Networks: { } named })
                networks.AddRange(named);
            else if (AddressPrefixParser.TryParse(word, out byte[] address, out int bits))
                networks.Add(AddressPrefixParser.Format(address, bits));
            else
                s.Warn($"'{word}' is no network, ignored; write for example 10.0.0.0/8", offset);
        }

        Add(s, networks, s.Draft.Limits.MaxListItems);
    }

    private static void Binds(in Setting s)
    {
        if (s.IsReset)
            Set(s, []);
        else if (SocketBindParser.TryParse(s.Value, out SocketBindRule rule))
            Add(s, [SocketBindParser.Format(rule)], MostBindRules);
        else
            s.Warn($"'{s.Shown}' is no rule for bind(2), ignored; write for example ipv4:tcp:80");
    }

    // As with SystemCallFilter=: the first line says whether the list allows or denies, a later one
    // of the other kind takes out of it. Kept as one entry, "~" first for a list that denies.
    private static void Interfaces(in Setting s)
    {
        if (s.IsReset)
        {
            Set(s, []);
            return;
        }

        string before = Find(s)?.Value ?? "";
        bool denies = s.Value.StartsWith('~');
        bool all = before.Length > 0 ? before[0] == '~' : denies;
        var names = new List<string>(
            before.TrimStart('~').Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            string name = denies && offset == 0 ? word.TrimStart('~') : word;
            if (name.Length == 0)
                continue;
            if (!ListenAddress.IsInterfaceName(name))
                s.Warn($"'{name}' is no name of an interface, ignored", offset);
            else if (denies != all)
                names.Remove(name);
            else if (names.Count >= MostInterfaces)
                s.Warn($"more than {MostInterfaces} interfaces, ignored", offset);
            else if (!names.Contains(name))
                names.Add(name);
        }

        Set(s, names.Count == 0 ? [] : [(all ? "~" : "") + string.Join(' ', names)]);
    }

    private static SetupOption? Find(in Setting s)
    {
        foreach (SetupOption option in s.Draft.Resources.Filters)
        {
            if (option.Key == s.Key)
                return option;
        }

        return null;
    }

    private static void Set(in Setting s, string[] values)
    {
        string key = s.Key;
        List<SetupOption> list = Setting.Own(s.Draft.Resources.Filters);
        list.RemoveAll(option => option.Key == key);
        list.AddRange(values.Select(value => new SetupOption(key, value)));
        Keep(s, list);
    }

    private static void Add(in Setting s, List<string> values, int most)
    {
        string key = s.Key;
        List<SetupOption> list = Setting.Own(s.Draft.Resources.Filters);
        int room = Math.Max(0, most - list.Count(option => option.Key == key));
        if (values.Count > room)
            s.Warn($"more than {most} entries, ignored");
        list.AddRange(values.Take(room).Select(value => new SetupOption(key, value)));
        Keep(s, list);
    }

    // What asks for nothing is the one object that says nothing.
    private static void Keep(in Setting s, List<SetupOption> list) => s.Draft.Resources =
        s.Draft.Resources with { Filters = list.Count == 0 ? [] : list };
}
