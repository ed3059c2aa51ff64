using InitTx.Units.Install;
using InitTx.Units.Loading;

namespace InitTx.Cli.Install;

/// <summary>
/// Carries out the steps of an install verb on a file system: all of them, or none. Links inside a
/// root are followed as that system follows them, so that nothing outside it is written.
/// </summary>
internal static class LinkFiles
{
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Does the steps in order; null, or why they were taken back.</summary>
    /// <param name="root">A directory that stands for <c>/</c>; empty for this system.</param>
    public static string? Apply(string root, IReadOnlyList<LinkChange> changes) =>
        Apply(root, changes, out _);

    /// <summary>Does the steps in order; null, or why they were taken back.</summary>
    /// <param name="back">Takes them back later; null, or what could not be.</param>
    public static string? Apply(
        string root, IReadOnlyList<LinkChange> changes, out Func<string?> back)
    {
        var undo = new Stack<Action>();
        back = () => Back(undo);
        try
        {
            foreach (LinkChange change in changes)
                Do(root, change, undo);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Back(undo) is { } worse ? $"{e.Message}; taking it back failed: {worse}"
                : e.Message;
        }
    }

    /// <summary>Where a path of a system below a root really is.</summary>
    public static string Place(string root, string path)
    {
        int slash = path.LastIndexOf('/');
        string parent = DirectoryUnitSource.Resolve(path[..slash], root);
        return $"{root}{(parent == "/" ? "" : parent)}/{path[(slash + 1)..]}";
    }

    /// <summary>What a path of a system below a root leads to in the end.</summary>
    public static string Real(string root, string path) =>
        root.Length == 0 ? path : root + DirectoryUnitSource.Resolve(path, root);

    private static void Do(string root, LinkChange change, Stack<Action> undo)
    {
        string place = Place(root, change.Path);
        if (change.Action == LinkAction.Create)
        {
            MakeParents(Path.GetDirectoryName(place)!, undo);
            File.CreateSymbolicLink(place, change.Target);
            undo.Push(() => File.Delete(place));
            return;
        }

        string? target = new FileInfo(place).LinkTarget;
        File.Delete(place);
        undo.Push(() => Restore(place, target));
        RemoveIfEmpty(Path.GetDirectoryName(place)!, undo);
    }

    // Only what a plan may remove besides links: an empty file that masks.
    private static void Restore(string place, string? target)
    {
        if (target is null)
            File.Create(place).Dispose();
        else
            File.CreateSymbolicLink(place, target);
    }

    private static void MakeParents(string directory, Stack<Action> undo)
    {
        if (Directory.Exists(directory))
            return;
        MakeParents(Path.GetDirectoryName(directory)!, undo);
        Directory.CreateDirectory(directory, DirectoryMode);
        undo.Push(() => Directory.Delete(directory));
    }

    // A folder of dependencies says something by what is in it; an empty one is litter.
    private static void RemoveIfEmpty(string directory, Stack<Action> undo)
    {
        if (!LinkTableNames.IsLinkFolder(directory)
            || Directory.EnumerateFileSystemEntries(directory).Any())
            return;
        Directory.Delete(directory);
        undo.Push(() => Directory.CreateDirectory(directory, DirectoryMode));
    }

    private static string? Back(Stack<Action> undo)
    {
        while (undo.TryPop(out Action? step))
        {
            try
            {
                step();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return e.Message;
            }
        }

        return null;
    }
}

/// <summary>Which folders hold links that pull units in.</summary>
internal static class LinkTableNames
{
    public static bool IsLinkFolder(string path) =>
        path.EndsWith(".wants", StringComparison.Ordinal)
        || path.EndsWith(".requires", StringComparison.Ordinal)
        || path.EndsWith(".upholds", StringComparison.Ordinal);
}
