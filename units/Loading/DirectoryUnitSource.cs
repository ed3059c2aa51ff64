using System.IO.Enumeration;
using InitTx.Units.Model;

// The one file of this assembly that touches the file system.
#pragma warning disable RS0030

namespace InitTx.Units.Loading;

/// <summary>
/// Reads the unit path into a <see cref="UnitFileTree"/>. Blocks as long as the file systems do:
/// PID 1 calls it in boot stage 0 only, later the prepare helper does. Errors of the world become
/// <see cref="UnitFileTree.Diagnostics"/>; nothing is thrown for them.
/// </summary>
public static class DirectoryUnitSource
{
    /// <summary>Reads all directories.</summary>
    /// <param name="unitPath">
    /// Directories, highest precedence first; missing ones are skipped.
    /// </param>
    /// <param name="limits">How many entries and bytes may be read.</param>
    /// <param name="root">
    /// A directory that stands for <c>/</c>, without trailing slash, for looking at another
    /// system's files; paths in the result are as that system sees them. Empty for this system.
    /// </param>
    /// <param name="memory">What was read before, so that only changed files are opened.</param>
    public static UnitFileTree Read(
        IReadOnlyList<string> unitPath, LoadLimits limits, string root = "",
        FileMemory? memory = null)
    {
        memory?.Turn();
        return new Reading(limits, root, memory).Read(unitPath);
    }

    /// <summary>
    /// A path without links, <c>.</c> and <c>..</c>, as the system below the root sees it; what
    /// does not exist is kept as written. Empty when links lead in a circle.
    /// </summary>
    public static string Resolve(string path, string root = "") =>
        new LinkChaser(root).Chase(path, followLast: true);

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

    private sealed class Reading(LoadLimits limits, string root, FileMemory? memory)
    {
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
                    entries.Add(ReadEntry(path, resolved, found, ContentRule.Units));
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

    /// <summary>Follows links as seen from inside a root directory.</summary>
    private sealed class LinkChaser(string root)
    {
        private const int MaxHops = 40;
        private readonly Dictionary<string, string?> _known = new(StringComparer.Ordinal);

        /// <summary>
        /// The path without links, <c>.</c> and <c>..</c>; what does not exist is kept as written.
        /// With <paramref name="readLast"/> a link at the very end is read once, and what it names
        /// is not followed at its own last step. Empty when links lead in a circle.
        /// </summary>
        public string Chase(string path, bool followLast, bool readLast = false)
        {
            var todo = new Stack<string>();
            Push(todo, path);
            string current = "";
            int hops = 0;
            while (todo.TryPop(out string? step))
            {
                if (step is "." or "")
                    continue;
                if (step == "..")
                {
                    current = current[..Math.Max(current.LastIndexOf('/'), 0)];
                    continue;
                }

                string next = $"{current}/{step}";
                bool last = todo.Count == 0;
                string? link = last && !followLast && !readLast ? null : Read(next);
                if (link is null)
                {
                    current = next;
                    continue;
                }

                if (++hops > MaxHops)
                    return "";
                readLast &= !last;
                if (link.StartsWith('/'))
                    current = "";
                Push(todo, link);
            }

            return current.Length == 0 ? "/" : current;
        }

        private static void Push(Stack<string> todo, string path)
        {
            string[] steps = path.Split('/');
            for (int i = steps.Length - 1; i >= 0; i--)
                todo.Push(steps[i]);
        }

        private string? Read(string path)
        {
            if (_known.TryGetValue(path, out string? target))
                return target;
            try
            {
                target = new FileInfo(root + path).LinkTarget;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not to be looked at: what follows from it fails by itself and is reported there.
                target = null;
            }

            _known[path] = target;
            return target;
        }
    }
}
