using System.Buffers;
using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>What an entry of the unit path was when it was read.</summary>
public enum UnitTreeEntryKind : byte
{
    /// <summary>A regular file; <see cref="UnitTreeEntry.Content"/> holds its bytes.</summary>
    File,

    /// <summary>A symbolic link that leads to a file or to nothing.</summary>
    Link,

    /// <summary>
    /// Something that exists and could not be read; <see cref="UnitTreeEntry.Error"/> says why.
    /// </summary>
    Unreadable,
}

/// <summary>One file or link. Immutable.</summary>
/// <param name="Name">File name without directory.</param>
/// <param name="Kind">What it was.</param>
/// <param name="Target">
/// For links the absolute path that the link names, <c>.</c> and <c>..</c> removed and the parent's
/// links followed, its own last step not followed; empty otherwise.
/// </param>
/// <param name="IsEmpty">
/// True when there is nothing in it: an empty file, or a link that ends at one or at a device such
/// as /dev/null. That is how units and drop-ins are masked.
/// </param>
/// <param name="Exists">False for a link that leads nowhere.</param>
/// <param name="Content">The bytes, of the target for links that leave the unit path.</param>
/// <param name="Error">Why it could not be read, or empty.</param>
public sealed record UnitTreeEntry(
    string Name,
    UnitTreeEntryKind Kind,
    string Target,
    bool IsEmpty,
    bool Exists,
    ReadOnlyMemory<byte> Content,
    string Error)
{
    /// <summary>A regular file.</summary>
    public static UnitTreeEntry OfFile(string name, ReadOnlyMemory<byte> content) =>
        new(name, UnitTreeEntryKind.File, "", content.IsEmpty, true, content, "");

    /// <summary>A link that masks.</summary>
    public static UnitTreeEntry OfMask(string name) =>
        new(name, UnitTreeEntryKind.Link, "/dev/null", true, true, default, "");

    /// <summary>A link whose target's bytes are found elsewhere in the tree, or nowhere.</summary>
    public static UnitTreeEntry OfLink(string name, string target, bool exists = true) =>
        new(name, UnitTreeEntryKind.Link, target, false, exists, default, "");
}

/// <summary>A <c>.d</c>, <c>.wants</c>, <c>.requires</c> or <c>.upholds</c> directory.</summary>
/// <param name="Name">Its name, for example <c>cron.service.d</c>.</param>
/// <param name="Entries">Its entries, sorted by name, ordinal.</param>
public sealed record UnitTreeFolder(string Name, IReadOnlyList<UnitTreeEntry> Entries);

/// <summary>One directory of the unit path.</summary>
/// <param name="Path">Its path as configured, without a trailing slash.</param>
/// <param name="Entries">Unit files and links, sorted by name, ordinal.</param>
/// <param name="Folders">Its folders, sorted by name, ordinal.</param>
public sealed record UnitTreeDirectory(
    string Path,
    IReadOnlyList<UnitTreeEntry> Entries,
    IReadOnlyList<UnitTreeFolder> Folders);

/// <summary>
/// The unit path as it was at one moment: everything that loading can ask for, held in memory so
/// that loading needs no file system (a dead disk cannot stop PID 1). Immutable, safe to share.
/// </summary>
/// <remarks>
/// Made by <see cref="DirectoryUnitSource"/>, kept in a memfd across re-exec and sent by the
/// prepare helper for daemon-reload: hence <see cref="Serialize"/> and <see cref="TryParse"/>.
/// </remarks>
public sealed class UnitFileTree
{
    /// <summary>A tree without directories; built-in units still load from it.</summary>
    public static readonly UnitFileTree Empty = new([], [], []);

    internal UnitFileTree(
        IReadOnlyList<UnitTreeDirectory> directories,
        IReadOnlyList<string> searchPath,
        IReadOnlyList<Diagnostic> diagnostics)
    {
        Directories = directories;
        SearchPath = searchPath;
        Diagnostics = diagnostics;
    }

    /// <summary>The directories that exist, highest precedence first; none twice.</summary>
    public IReadOnlyList<UnitTreeDirectory> Directories { get; }

    /// <summary>
    /// Every name under which a directory of the unit path may be reached, existing or not: the
    /// configured paths and what their links lead to. A link that ends below one is an alias.
    /// </summary>
    public IReadOnlyList<string> SearchPath { get; }

    /// <summary>What could not be read, and what was left out because of a limit.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>
    /// Builds a tree from parts, for tests, the simulator and units that the kernel command line
    /// adds. The parts are sorted here.
    /// </summary>
    public static UnitFileTree Of(params IReadOnlyList<UnitTreeDirectory> directories) =>
        new(Sorted(directories), [.. directories.Select(static d => d.Path)], []);

    /// <summary>The same tree with one more directory in front of all others.</summary>
    public UnitFileTree WithFirst(UnitTreeDirectory directory) =>
        new([.. Sorted([directory]), .. Directories], [directory.Path, .. SearchPath], Diagnostics);

    /// <summary>The same tree with one more directory, already sorted, below all others.</summary>
    internal UnitFileTree WithLast(UnitTreeDirectory directory) =>
        new([.. Directories, directory], [.. SearchPath, directory.Path], Diagnostics);

    /// <summary>
    /// The same tree with a unit whose file is outside the unit path, as if it had been linked
    /// into the lowest directory; unchanged for null or when the path has the name already.
    /// </summary>
    public UnitFileTree WithLinked((string Path, UnitTreeEntry Entry)? file) => file is not var
        (path, entry) ? this : WithLast(new UnitTreeDirectory(
            "/", [entry with { Kind = UnitTreeEntryKind.Link, Target = path }], []));

    /// <summary>Writes the tree in a versioned binary form.</summary>
    public void Serialize(IBufferWriter<byte> output) => UnitFileTreeCodec.Write(this, output);

    /// <summary>
    /// Reads what <see cref="Serialize"/> wrote. Total: false for anything else, whatever the
    /// bytes; nothing is allocated beyond a small multiple of their number.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out UnitFileTree tree) =>
        UnitFileTreeCodec.TryRead(bytes, out tree);

    private static List<UnitTreeDirectory> Sorted(IReadOnlyList<UnitTreeDirectory> directories)
    {
        var list = new List<UnitTreeDirectory>(directories.Count);
        foreach (UnitTreeDirectory d in directories)
        {
            var folders = new List<UnitTreeFolder>(d.Folders.Count);
            foreach (UnitTreeFolder f in d.Folders)
                folders.Add(f with { Entries = ByName(f.Entries) });
            folders.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
            list.Add(d with { Entries = ByName(d.Entries), Folders = folders });
        }

        return list;
    }

    private static List<UnitTreeEntry> ByName(IReadOnlyList<UnitTreeEntry> entries)
    {
        List<UnitTreeEntry> list = [.. entries];
        list.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return list;
    }
}
