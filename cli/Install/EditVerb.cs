using System.CommandLine;
using System.Text;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Units.Lint;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Cli.Install;

/// <summary>
/// `initx edit`: a unit's own drop-in, <c>override.conf</c>, from an editor or standard input. The
/// text is checked before it is written: what would make the unit unusable is refused and kept
/// aside. An empty text removes the drop-in.
/// </summary>
internal sealed class EditVerb : Verb
{
    private const string FileName = "override.conf";
    private const int MaxBytes = 1 << 20;

    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly Argument<string> _unit = new("UNIT") { Description = "A unit's name" };

    private readonly Option<bool> _stdin =
        new("--stdin") { Description = "Take the text from standard input" };

    private readonly Option<bool> _force =
        new("--force", "-f") { Description = "Write it even if the unit becomes unusable" };

    private readonly InstallOptions _where;

    public EditVerb()
        : base("edit", "Edit a unit's drop-in, checked before it is written")
    {
        Command.Add(_unit);
        Command.Add(_stdin);
        Command.Add(_force);
        _where = new InstallOptions(Command, writes: true);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (_where.Root(result, session, out string root) is { } noRoot)
            return noRoot;
        string typed = result.GetValue(_unit)!;
        if (!UnitArguments.TryComplete(typed, out string unit))
            return session.Misuse($"'{typed}' is no unit name");
        var files = new InstallFiles(session, root);
        UnitFileTree tree = files.Tree();
        UnitName name = UnitName.Parse(unit);
        UnitDefinition before = files.Loader(tree).Load(Concrete(name));
        if (before.LoadState == UnitLoadState.NotFound)
            return session.Fail(ExitCode.NoSuchUnit, $"no unit {name}", before.LoadError ?? "");
        UnitName own = name.IsTemplate ? name : before.Name;
        string directory = files.Directories.Of(_where.IsRuntime(result));
        string path = $"{directory}/{own}.d/{FileName}";
        if (Text(result, session, LinkFiles.Place(root, path), out byte[] text) is { } noText)
            return noText;
        bool usable = Check(
            session, files, tree, own, before, directory, text, out UnitDefinition after);
        if (!usable && !result.GetValue(_force))
        {
            return session.Fail(
                ExitCode.Failed, $"nothing was written: {own} could not be started with it",
                result.GetValue(_stdin) ? "correct the text" : "your text: " + Keep(text),
                "--force writes it all the same");
        }

        return Write(session, root, path, text, own, EditedSettings.Between(before, after));
    }

    // A template is checked as an instance of it.
    private static UnitName Concrete(UnitName name) =>
        name.IsTemplate ? name.WithInstance("instance") ?? name : name;

    private int? Text(ParseResult result, Session session, string place, out byte[] text)
    {
        text = [];
        if (result.GetValue(_stdin))
        {
            using Stream input = session.Host.Input();
            return Read(session, input, out text);
        }

        string draft = Path.Combine(
            Directory.CreateTempSubdirectory("initx-edit-").FullName, FileName);
        if (File.Exists(place))
            File.Copy(place, draft);
        else
            File.WriteAllText(draft, "");
        string editor = OfflineUnits.Or(session, "SYSTEMD_EDITOR",
            OfflineUnits.Or(session, "VISUAL", OfflineUnits.Or(session, "EDITOR", "vi")));
        session.Host.Flush();
        int status = session.Host.Edit(editor, draft);
        if (status != 0)
        {
            return session.Fail(
                ExitCode.Failed, $"nothing was written: {editor} ended with status {status}",
                "EDITOR names another editor; --stdin needs none");
        }

        using FileStream stream = File.OpenRead(draft);
        int? failed = Read(session, stream, out text);
        Directory.Delete(Path.GetDirectoryName(draft)!, recursive: true);
        return failed;
    }

    private static int? Read(Session session, Stream input, out byte[] text)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[8_192];
        while (input.Read(buffer) is var count and > 0)
        {
            all.Write(buffer, 0, count);
            if (all.Length > MaxBytes)
            {
                text = [];
                return session.Fail(
                    ExitCode.Failed, $"nothing was written: more than {MaxBytes} bytes");
            }
        }

        text = all.ToArray();
        return null;
    }

    // Shows what is wrong in the new text; false when it makes a unit unusable that was not.
    private static bool Check(
        Session session, InstallFiles files, UnitFileTree tree, UnitName own,
        UnitDefinition before, string directory, byte[] text, out UnitDefinition after)
    {
        string folder = $"{own}.d";
        UnitFileTree with = tree.WithFirst(new UnitTreeDirectory(
            directory, [], [new UnitTreeFolder(folder, [UnitTreeEntry.OfFile(FileName, text)])]));
        after = files.Loader(with).Load(Concrete(own));
        foreach (Diagnostic finding in after.Diagnostics)
        {
            if (finding.Location.Path == $"{directory}/{folder}/{FileName}")
                session.Error.WriteLine(SafeText.CleanLines(DiagnosticText.Render(finding)));
        }

        if (after.LoadState == UnitLoadState.Loaded || before.LoadState != UnitLoadState.Loaded)
            return true;
        session.Error.WriteLine(SafeText.Clean($"{own}: {after.LoadError}"));
        return false;
    }

    private static string Keep(byte[] text)
    {
        string kept = Path.Combine(
            Directory.CreateTempSubdirectory("initx-edit-").FullName, FileName);
        File.WriteAllBytes(kept, text);
        return kept;
    }

    private static int Write(
        Session session, string root, string path, byte[] text, UnitName own,
        IReadOnlyList<string> settings)
    {
        string place = LinkFiles.Place(root, path);
        bool remove = string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(text));
        try
        {
            if (remove && !File.Exists(place))
                return 0;
            if (remove)
            {
                File.Delete(place);
                string folder = Path.GetDirectoryName(place)!;
                if (!Directory.EnumerateFileSystemEntries(folder).Any())
                    Directory.Delete(folder);
            }
            else
            {
                Replace(place, text);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return session.Fail(ExitCode.Failed, $"nothing was written: {e.Message}");
        }

        string change = remove ? $"Removed {path}." : $"Wrote {path} ({text.Length} bytes).";
        if (!session.Quiet && !session.Json)
            session.Out.WriteLine(change);
        return root.Length == 0
            ? InstallReport.Send(session, "edit", [own.Value], [change, .. settings])
            : 0;
    }

    // Whoever reads meanwhile sees the old text or the new one, whole.
    private static void Replace(string place, byte[] text)
    {
        string folder = Path.GetDirectoryName(place)!;
        Directory.CreateDirectory(folder);
        string draft = Path.Combine(folder, $".{FileName}.{Guid.NewGuid():N}");
        var options = new FileStreamOptions
        {
            Mode = System.IO.FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = FileMode,
        };
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(text);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, place, overwrite: true);
    }
}
