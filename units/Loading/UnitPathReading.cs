using System.IO.Enumeration;
using InitTx.Units.Model;

// The one file of this assembly that touches the file system.
#pragma warning disable RS0030

namespace InitTx.Units.Loading;

/// <summary>
/// One reading of the unit path for <see cref="DirectoryUnitSource"/>: what has been found so far
/// and how much may still be read.
/// </summary>
internal sealed class UnitPathReading(
    LoadLimits limits, string root, FileMemory? memory, IReadOnlyCollection<string>? only)
{
    private readonly record struct Found(string Name, bool IsDirectory);

    private enum ContentRule : byte
    {
        /// <summary>Of files, and of links that leave the unit path.</summary>
        Units,

        /// <summary>Of files and of whatever a link leads to.</summary>
        DropIns,

        /// <summary>Never: only names, targets and emptiness count.</summary>
        Links,
    }

    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
        MatchType = MatchType.Simple,
        ReturnSpecialDirectories = false,
    };

    private readonly LinkChaser _links = new(root);
    private readonly List<Diagnostic> _findings = [];
    private readonly List<string> _search = [];
    private long _bytesLeft = limits.MaxTreeBytes;
    private int _entriesLeft = limits.MaxTreeEntries;

    public UnitFileTree Read(IReadOnlyList<string> unitPath)
    {
        // /lib is /usr/lib on merged systems: each directory is read once, under the first
        // of its names, but a link may lead to any of them.
        var real = new Dictionary<string, string>(StringComparer.Ordinal);
        List<(string Path, string Real)> existing = [];
        foreach (string path in unitPath)
        {
            AddSearch(path);
            string resolved = _links.Chase(path, followLast: true);
            AddSearch(resolved);
            if (resolved.Length > 0 && Directory.Exists(root + resolved)
                && real.TryAdd(resolved, path))
                existing.Add((path, resolved));
        }

        List<UnitTreeDirectory> directories = [];
        foreach ((string path, string resolved) in existing)
            directories.Add(ReadDirectory(path, resolved));
        return new UnitFileTree(directories, _search, _findings);
    }

    /// <summary>Where a link leads; null for what is none, or cannot be looked at.</summary>
    public static string? LinkTarget(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What follows from it fails by itself and is reported there.
            return null;
        }
    }

    private UnitTreeDirectory ReadDirectory(string path, string resolved)
    {
        List<UnitTreeEntry> entries = [];
        List<UnitTreeFolder> folders = [];
        foreach (Found found in List(path, resolved))
        {
            if (found.IsDirectory)
            {
                if (IsFolderName(found.Name))
                    folders.Add(ReadFolder($"{path}/{found.Name}", $"{resolved}/{found.Name}",
                        found.Name));
            }
            else if (UnitName.TryParse(found.Name, out _) && Spend(path))
            {
                bool opens = only is null || only.Contains(found.Name);
                entries.Add(ReadEntry(
                    path, resolved, found, opens ? ContentRule.Units : ContentRule.Links));
            }
        }

        return new UnitTreeDirectory(path, entries, folders);
    }

    private UnitTreeFolder ReadFolder(string path, string resolved, string name)
    {
        bool dropIns = name.EndsWith(".d", StringComparison.Ordinal);
        List<UnitTreeEntry> entries = [];
        foreach (Found found in List(path, resolved))
        {
            bool wanted = !dropIns || found.Name.EndsWith(".conf", StringComparison.Ordinal);
            if (wanted && !found.IsDirectory && Spend(path))
            {
                entries.Add(ReadEntry(
                    path, resolved, found, dropIns ? ContentRule.DropIns : ContentRule.Links));
            }
        }

        return new UnitTreeFolder(name, entries);
    }

    private List<Found> List(string path, string resolved)
    {
        List<Found> found = [];
        try
        {
            var entries = new FileSystemEnumerable<Found>(
                root + resolved,
                static (ref FileSystemEntry e) => new Found(
                    e.FileName.ToString(), e.IsDirectory),
                Everything);
            foreach (Found entry in entries)
            {
                // Hidden files are editors' and package managers' affair.
                if (!entry.Name.StartsWith('.'))
                    found.Add(entry);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report(path, $"cannot list this directory: {e.Message}");
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    private UnitTreeEntry ReadEntry(
        string path, string resolved, Found found, ContentRule rule)
    {
        string shown = $"{path}/{found.Name}";
        string file = $"{resolved}/{found.Name}";
        string target = "";
        bool needed = rule != ContentRule.Links;
        var info = new FileInfo(root + file);
        if (!TryIsLink(info, out bool isLink, out string problem))
            return Unreadable(shown, found.Name, target, problem);
        if (isLink)
        {
            target = _links.Chase(file, followLast: false, readLast: true);

            // A mask is one by its name: a root that is looked at need not have devices.
            if (target == "/dev/null")
                return UnitTreeEntry.OfMask(found.Name);
            file = _links.Chase(file, followLast: true);
            needed = rule == ContentRule.DropIns
                || (rule == ContentRule.Units && !IsInside(target));
            info = new FileInfo(file.Length == 0 ? "/" : root + file);
        }

        UnitTreeEntryKind kind = isLink ? UnitTreeEntryKind.Link : UnitTreeEntryKind.File;
        try
        {
            if (!info.Exists)
                return new UnitTreeEntry(found.Name, kind, target, false, false, default, "");

            // Devices, pipes and sockets have no length either: none of them is opened.
            if (info.Length == 0 || !needed)
                return new UnitTreeEntry(found.Name, kind, target, info.Length == 0, true,
                    default, "");
            return ReadContent(shown, file, info.Length, new UnitTreeEntry(
                found.Name, kind, target, false, true, default, ""));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable(shown, found.Name, target, e.Message);
        }
    }

    // One lstat(2) for this and all that is asked of an ordinary file afterwards.
    private static bool TryIsLink(FileInfo info, out bool isLink, out string problem)
    {
        (isLink, problem) = (false, "");
        try
        {
            isLink = info.Exists && (info.Attributes & FileAttributes.ReparsePoint) != 0;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            return false;
        }
    }

    private UnitTreeEntry ReadContent(
        string shown, string file, long length, UnitTreeEntry entry)
    {
        if (length > limits.MaxFileBytes)
            return Unreadable(shown, entry.Name, entry.Target,
                $"{length} bytes long, the limit is {limits.MaxFileBytes}");
        if (length > _bytesLeft)
            return Unreadable(shown, entry.Name, entry.Target,
                $"the unit path holds more than {limits.MaxTreeBytes} bytes");
        FileStamp? stamp = memory?.StampOf(root + file);
        if (stamp is { } known
            && memory!.TryRecall(root + file, known, out ReadOnlyMemory<byte> content))
        {
            _bytesLeft -= content.Length;
            return entry with { Content = content, IsEmpty = content.IsEmpty };
        }

        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(root + file);
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < bytes.Length)
        {
            int n = RandomAccess.Read(handle, bytes.AsSpan(done), done);
            if (n <= 0)
                break;
            done += n;
        }

        _bytesLeft -= done;
        memory?.Keep(root + file, stamp, bytes.AsMemory(0, done));
        return entry with { Content = bytes.AsMemory(0, done), IsEmpty = done == 0 };
    }

    private UnitTreeEntry Unreadable(string shown, string name, string target, string why)
    {
        Report(shown, $"cannot be read: {why}");
        return new UnitTreeEntry(
            name, UnitTreeEntryKind.Unreadable, target, false, true, default, why);
    }

    private bool Spend(string path)
    {
        if (_entriesLeft > 0)
        {
            _entriesLeft--;
            return true;
        }

        if (_entriesLeft == 0)
        {
            _entriesLeft--;
            Report(path, $"more than {limits.MaxTreeEntries} entries in the unit path; the "
                + "rest is left out");
        }

        return false;
    }

    private void Report(string path, string message) =>
        _findings.Add(new Diagnostic(
            DiagnosticSeverity.Error, new SourceLocation(path, 0), "", message));

    private void AddSearch(string path)
    {
        if (!_search.Contains(path))
            _search.Add(path);
    }

    private bool IsInside(string target)
    {
        foreach (string path in _search)
        {
            if (target.Length > path.Length + 1 && target[path.Length] == '/'
                && target.StartsWith(path, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static bool IsFolderName(string name) =>
        name.EndsWith(".d", StringComparison.Ordinal)
        || name.EndsWith(".wants", StringComparison.Ordinal)
        || name.EndsWith(".requires", StringComparison.Ordinal)
        || name.EndsWith(".upholds", StringComparison.Ordinal);
}
