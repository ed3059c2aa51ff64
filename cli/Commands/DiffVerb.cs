using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Units.Model;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx diff`: the settings that a unit runs by against those that its files have now. Status 0
/// when they are the same, 1 when not, as diff(1).
/// </summary>
internal sealed class DiffVerb : Verb
{
    private readonly Argument<string> _unit = new("UNIT") { Description = "A unit's name" };

    private readonly Option<bool> _full =
        new("--full") { Description = "Also the settings that are the same" };

    private readonly Option<string> _path = new("--unit-path")
    {
        Description = "Where the manager's unit files are, when not in the usual places",
        HelpName = "DIR[:DIR…]",
    };

    public DiffVerb()
        : base("diff", "Compare the settings that are loaded with the files as they are now")
    {
        Command.Add(_unit);
        Command.Add(_full);
        Command.Add(_path);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string typed = result.GetValue(_unit)!;
        if (!UnitArguments.TryComplete(typed, out string unit))
            return session.Misuse($"'{typed}' is no unit name");
        using var manager = new Manager(session);
        if (!manager.Ask(Calls.OfUnits(ManagerMethod.ShowUnits, [unit]))
            || !manager.TryRead(AnswerJson.Default.ShowAnswer, out ShowAnswer answer))
        {
            return manager.Failure;
        }

        ShownUnitAnswer loaded = answer.Units[0];
        OfflineUnits files = OfflineUnits.Read(session, result.GetValue(_path), "", []);
        ShownUnitAnswer disk = OfflineAnswers.Shown(files.Loader.Load(UnitName.Parse(unit)));
        if (loaded.Status.LoadState == "not-found" && disk.Status.LoadState == "not-found")
            return session.Fail(ExitCode.NoSuchUnit, $"no unit {unit}");
        var lines = new List<DiffLine>();
        if (loaded.Status.LoadState != disk.Status.LoadState)
        {
            lines.Add(new DiffLine(false, "LoadState", loaded.Status.LoadState, ""));
            lines.Add(new DiffLine(
                true, "LoadState", disk.Status.LoadState, disk.Status.LoadError ?? ""));
        }

        int differences = lines.Count;
        Compare(loaded.Settings, disk.Settings, lines, result.GetValue(_full), ref differences);
        foreach (DiffLine line in lines)
            Write(session, line);
        if (result.GetValue(_full) && !session.Json && !session.Quiet)
        {
            session.Out.WriteLine(differences == 0
                ? "the files on disk say the same"
                : "- is loaded, + is on disk; initx daemon-reload takes what is on disk");
        }

        return differences == 0 ? 0 : (int)ExitCode.Failed;
    }

    /// <param name="IsNew">On disk and not loaded; else loaded and not on disk.</param>
    /// <param name="IsSame">On both sides.</param>
    private sealed record DiffLine(
        bool IsNew, string Key, string Value, string Source, bool IsSame = false);

    // By what is set, not by where: a line that moved is no difference. Per key the order counts.
    private static void Compare(
        IReadOnlyList<SettingAnswer> loaded, IReadOnlyList<SettingAnswer> disk,
        List<DiffLine> lines, bool full, ref int differences)
    {
        IEnumerable<(string, string)> keys = loaded.Concat(disk).Where(s => s.Value is not null)
            .Select(s => (s.Section, s.Key)).Distinct();
        foreach ((string section, string key) in keys)
        {
            SettingAnswer[] before = Of(loaded, section, key);
            SettingAnswer[] after = Of(disk, section, key);
            if (Array.Exists(before, s => s.Value is null)
                || before.Select(s => s.Value).SequenceEqual(after.Select(s => s.Value)))
            {
                if (full)
                    lines.AddRange(before.Select(s => new DiffLine(
                        false, $"{section}.{key}", s.Value ?? "[withheld]", s.Source, true)));
                continue;
            }

            differences++;
            foreach (SettingAnswer s in before)
                lines.Add(new DiffLine(false, $"{section}.{key}", s.Value!, s.Source));
            foreach (SettingAnswer s in after)
                lines.Add(new DiffLine(true, $"{section}.{key}", s.Value!, s.Source));
        }
    }

    private static SettingAnswer[] Of(
        IReadOnlyList<SettingAnswer> settings, string section, string key) =>
        [.. settings.Where(s => s.Section == section && s.Key == key)];

    private static void Write(Session session, DiffLine line)
    {
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, json =>
            {
                json.WriteString(
                    "side"u8, line.IsSame ? "both"u8 : line.IsNew ? "disk"u8 : "loaded"u8);
                json.WriteString("key"u8, line.Key);
                json.WriteString("value"u8, line.Value);
                json.WriteString("source"u8, line.Source);
            });
        }
        else if (!session.Quiet)
        {
            string text = SafeText.Clean(
                $"{(line.IsSame ? ' ' : line.IsNew ? '+' : '-')} {line.Key}={line.Value}");
            string source = line.Source.Length == 0 ? "" : SafeText.Clean($"  # {line.Source}");
            session.Out.WriteLine((line.IsNew ? session.Paint.Good(text) : text)
                + session.Paint.Faint(source));
        }
    }
}
