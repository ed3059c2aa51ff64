using System.Buffers;
using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>Whole unit files, drop-ins and the tree they come in.</summary>
internal static class UnitTargets
{
    private static readonly string[] Sections = ["Unit", "Install", "Service", "Socket", "Mount",
        "Automount", "Swap", "Timer", "Path", "Slice", "Scope"];
    private static readonly string[] PlainNames =
        ["a.service", "a.service", "a.target", "a@i.service", "a.service"];

    public static readonly FuzzTarget UnitFile =
        new("unit-file", CheckUnitFile, Grammar.ServiceText, Grammar.Words);

    public static readonly FuzzTarget DropIn =
        new("drop-in", CheckDropIn, Grammar.UnitText, Grammar.Words);

    public static readonly FuzzTarget FileTree =
        new("file-tree", CheckTree, MakeTree,
            ["IXTREE\x01\0", "\xff\xff\xff\x7f", "\0\0\0\0", "\x01\0\0\0"]);

    private static void CheckUnitFile(byte[] input)
    {
        ParsedUnit unit = UnitParser.Parse("/u/a.service", input, Sections, LoadLimits.Default);
        int lines = 1 + input.Count(b => b is (byte)'\n' or (byte)'\r' or 0);
        foreach (Diagnostic d in unit.Diagnostics)
            Require(d.Location.Line >= 0 && d.Location.Line <= lines,
                $"line {d.Location.Line} of {lines}");
        foreach (ParsedAssignment a in unit.Assignments)
            CheckAssignment(a);
        RoundTrip(unit);
        string name = Name(unit, input.Length);
        CheckLoad(
            Tree(name.Replace("@i", "@", StringComparison.Ordinal), input), name, Twice(input));
    }

    // The kind that the last section with a kind's name says, else one of the others.
    private static string Name(ParsedUnit unit, int length)
    {
        for (int i = unit.Assignments.Count - 1; i >= 0; i--)
        {
            string section = unit.Assignments[i].Section;
            if (section is not ("Unit" or "Install" or "Service"))
                return $"a.{section.ToLowerInvariant()}";
        }

        return PlainNames[length % PlainNames.Length];
    }

    private static void CheckAssignment(ParsedAssignment a)
    {
        Require(a.Key.Length > 0 && a.Key == a.Key.Trim(' ', '\t'), "a key has blanks at an end");
        Require(!a.Value.StartsWith(' ') && !a.Value.EndsWith(' '), "a value has blanks at an end");
        SourceLocation end = a.Locate(a.Value.Length);
        Require(end.Line >= a.Line && end.Column >= 1, "the value's end lies before its line");
        if (a.Value.Length == 0)
            return;

        // The place that a message shows is the place where the value really begins.
        string line = a.LineText(0);
        int column = a.Source.Column - 1;
        bool shown = column < 200 && line.Length < 200
            && !line.Contains('\uFEFF', StringComparison.Ordinal);
        if (shown && a.Value[0] != '\uFEFF' && column < line.Length)
            Require(line[column] == a.Value[0] || line[column] == '\\',
                $"column {column + 1} of '{line}' is not where '{a.Value}' begins");
    }

    // What was read, written plainly, is read as the same.
    private static void RoundTrip(ParsedUnit unit)
    {
        var text = new StringBuilder();
        List<ParsedAssignment> plain = [];
        foreach (ParsedAssignment a in unit.Assignments)
        {
            int slashes = a.Value.Length - a.Value.TrimEnd('\\').Length;
            if ((slashes & 1) == 1 || a.Key[0] is '[' or '#' or ';' or '\uFEFF'
                || a.Key.EndsWith('\\'))
                continue;
            plain.Add(a);
            text.Append('[').Append(a.Section).Append("]\n").Append(a.Key).Append('=')
                .Append(a.Value).Append('\n');
        }

        ParsedUnit again = UnitParser.Parse(
            "/u/b.service", Encoding.UTF8.GetBytes(text.ToString()), Sections,
            LoadLimits.Default with { MaxAssignments = int.MaxValue, MaxFileBytes = int.MaxValue });
        Require(again.Assignments.Count == plain.Count,
            "not as many assignments after a round trip");
        for (int i = 0; i < plain.Count; i++)
        {
            Require(plain[i].Section == again.Assignments[i].Section
                && plain[i].Key == again.Assignments[i].Key
                && plain[i].Value == again.Assignments[i].Value,
                    $"'{plain[i].Key}' differs after a round trip");
        }
    }

    private static UnitFileTree Tree(string name, byte[] input) =>
        UnitFileTree.Of(new UnitTreeDirectory("/u", [UnitTreeEntry.OfFile(name, input)], []));

    private static void CheckDropIn(byte[] input)
    {
        UnitTreeEntry file = UnitTreeEntry.OfFile("a.service",
            "[Service]\nExecStart=/bin/true\n"u8.ToArray());
        UnitTreeEntry target = UnitTreeEntry.OfFile("a.target",
            "[Unit]\nDescription=t\n"u8.ToArray());
        UnitTreeEntry conf = UnitTreeEntry.OfFile("x.conf", input);
        UnitFileTree tree = UnitFileTree.Of(new UnitTreeDirectory(
            "/u", [file, target], [new UnitTreeFolder("a.service.d", [conf]),
                new UnitTreeFolder("target.d", [conf])]));
        UnitDefinition unit = CheckLoad(tree, "a.service", Twice(input));
        Require(unit.LoadState is UnitLoadState.Loaded or UnitLoadState.BadSetting,
            $"a drop-in made the unit {unit.LoadState}");
        Require(CheckLoad(tree, "a.target", Twice(input)).LoadState == UnitLoadState.Loaded,
            "a drop-in made a target unusable");
    }

    // Loading is most of the time. That two loads are alike needs no more than a share.
    private static bool Twice(byte[] input) => input.Length % 8 == 0;

    private static UnitDefinition CheckLoad(UnitFileTree tree, string name, bool twice)
    {
        UnitDefinition unit = Load(tree, name);
        Require(!twice || Show(unit) == Show(Load(tree, name)), "two loads of one tree differ");
        Require(unit.LoadState == UnitLoadState.Loaded
            || unit.LoadError is { Length: > 0 }, "no reason is given");
        UnitDependency? last = null;
        foreach (UnitDependency d in unit.Dependencies)
        {
            bool rising = last is null || last.Kind < d.Kind
                || (last.Kind == d.Kind && last.Target.CompareTo(d.Target) < 0);
            Require(rising, "edges are not sorted, or one is there twice");
            Require(d.Target != unit.Name, "an edge leads to the unit itself");
            last = d;
        }

        foreach (Diagnostic finding in unit.Diagnostics)
            Require(Units.Lint.DiagnosticText.Render(finding).Length > 0, "a finding has no text");
        foreach (ExecCommand command in unit.Service?.ExecStart ?? [])
            Require(command.Path.Length > 0 && command.Arguments.Count > 0,
                "a command without a program");
        return unit;
    }

    private static UnitDefinition Load(UnitFileTree tree, string name)
    {
        var loader = new UnitLoader(tree, SpecifierContext.Unknown, LoadLimits.Default);
        return loader.Load(UnitName.Parse(name));
    }

    private static string Show(UnitDefinition u) =>
        $"{u.LoadState} {u.LoadError} {u.ContentDigest} {u.Diagnostics.Count} {u.Settings.Count} "
            + $"{u.Unhonoured.Count} "
        + string.Join(' ', u.Dependencies.Select(d => $"{d.Kind}{d.Target}{d.Origin}{d.Source}"));

    private static void CheckTree(byte[] input)
    {
        if (!UnitFileTree.TryParse(input, out UnitFileTree tree))
            return;
        byte[] bytes = Bytes(tree);
        Require(UnitFileTree.TryParse(bytes, out UnitFileTree again),
            "a tree that was read cannot be read again");
        Require(Bytes(again).AsSpan().SequenceEqual(bytes), "a tree differs after a round trip");
        var loader = new UnitLoader(tree, SpecifierContext.Unknown, LoadLimits.Default);
        foreach (UnitName name in loader.Names.ToList())
            _ = loader.Load(name);
    }

    private static byte[] MakeTree(Prng random)
    {
        string[] names = ["a.service", "b.service", "c@.service", "a.socket", "t.target",
            "x.mount", "bad name"];
        List<UnitTreeDirectory> directories = [];
        for (int d = 1 + random.Below(3); d > 0; d--)
        {
            List<UnitTreeFolder> folders = [];
            foreach (string folder in new[] { "a.service.d", "t.target.wants", "service.d" })
                folders.Add(new UnitTreeFolder(folder, Entries(random, names)));
            directories.Add(new UnitTreeDirectory($"/d{d}", Entries(random, names), folders));
        }

        return Bytes(UnitFileTree.Of(directories));
    }

    private static List<UnitTreeEntry> Entries(Prng random, string[] names)
    {
        List<UnitTreeEntry> entries = [];
        for (int n = random.Below(5); n > 0; n--)
        {
            string name = random.Pick(names);
            entries.Add(random.Below(4) switch
            {
                0 => UnitTreeEntry.OfMask(name),
                1 => UnitTreeEntry.OfLink(name, $"/d{1 + random.Below(3)}/{random.Pick(names)}"),
                _ => UnitTreeEntry.OfFile(name, Grammar.ServiceText(random)),
            });
        }

        return entries;
    }

    private static byte[] Bytes(UnitFileTree tree)
    {
        var writer = new ArrayBufferWriter<byte>();
        tree.Serialize(writer);
        return writer.WrittenSpan.ToArray();
    }
}
