using System.CommandLine;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Install;
using InitTx.Cli.Offline;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Units.Model;

namespace InitTx.Cli.Commands;

/// <summary>`initx cat`: the files of units as they are on disk now.</summary>
internal sealed class CatVerb : Verb
{
    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names or patterns",
        Arity = ArgumentArity.OneOrMore,
    };

    public CatVerb()
        : base("cat", "Show the main file and the drop-ins of units, as they are on disk") =>
        AddOptions();

    private void AddOptions()
    {
        Command.Add(_units);
        OfflineOptions.AddTo(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (OfflineOptions.IsWanted(result, []))
            return Offline(session, result);
        if (UnitExpander.Expand(session, result.GetValue(_units)!, out IReadOnlyList<string> units)
            is { } failed)
        {
            return failed;
        }

        using var manager = new Manager(session);
        int code = 0;
        foreach (string[] part in units.Chunk(ProtocolLimits.PageEntries))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, part))
                || !manager.TryRead(AnswerJson.Default.UnitsAnswer, out UnitsAnswer answer))
            {
                return manager.Failure;
            }

            foreach (UnitAnswer unit in answer.Units)
            {
                int one = ShowOne(session, unit);
                code = code == 0 ? one : code;
            }
        }

        return code;
    }

    private int Offline(Session session, ParseResult result)
    {
        if (OfflineOptions.Find(
            session, result, result.GetValue(_units)!, out OfflineUnits units,
            out List<UnitName> names) is { } failed)
        {
            return failed;
        }

        int code = 0;
        foreach (UnitName name in names)
        {
            int one = ShowOne(session, OfflineAnswers.Status(units.Loader.Load(name)),
                OfflineOptions.RootOf(result));
            code = code == 0 ? one : code;
        }

        return code;
    }

    private static int ShowOne(Session session, UnitAnswer unit, string root = "")
    {
        string[] paths =
            [.. unit.Path is { } main ? [main] : Array.Empty<string>(), .. unit.DropIns ?? []];
        if (paths.Length == 0)
        {
            return unit.LoadState == "loaded"
                ? session.Fail(ExitCode.Failed, $"{unit.Unit} is built in and has no file")
                : session.Fail(
                    ExitCode.NoSuchUnit,
                    $"{unit.Unit}: {unit.LoadState}",
                    unit.LoadError ?? "no file");
        }

        var files = new List<(string Path, string Content)>();
        foreach (string path in paths)
        {
            try
            {
                files.Add((path, File.ReadAllText(LinkFiles.Real(root, path))));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return session.Fail(ExitCode.Failed, $"{path}: {e.Message}");
            }
        }

        if (session.Json)
            WriteJson(session, unit.Unit, files);
        else
            Write(session, files);
        return 0;
    }

    private static void Write(Session session, List<(string Path, string Content)> files)
    {
        foreach ((string path, string content) in files)
        {
            session.Out.WriteLine(session.Paint.Strong($"# {SafeText.Clean(path)}"));
            foreach (ReadOnlySpan<char> line in content.AsSpan().TrimEnd('\n').EnumerateLines())
                session.Out.WriteLine(
                    session.Out.IsTerminal ? SafeText.Clean(line.ToString()) : line);
            session.Out.WriteLine();
        }
    }

    private static void WriteJson(
        Session session, string unit, List<(string Path, string Content)> files)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit"u8, unit);
            json.WriteStartArray("files"u8);
            foreach ((string path, string content) in files)
            {
                json.WriteStartObject();
                json.WriteString("path"u8, path);
                json.WriteString("content"u8, content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
