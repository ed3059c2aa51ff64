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
    /// <param name="only">
    /// Names of the unit files that are opened, where links and names tell enough of all others;
    /// drop-ins are read all the same. Null for all.
    /// </param>
    public static UnitFileTree Read(
        IReadOnlyList<string> unitPath, LoadLimits limits, string root = "",
        FileMemory? memory = null, IReadOnlyCollection<string>? only = null)
    {
        memory?.Turn();
        return new UnitPathReading(limits, root, memory, only).Read(unitPath);
    }

    /// <summary>
    /// A path without links, <c>.</c> and <c>..</c>, as the system below the root sees it; what
    /// does not exist is kept as written. Empty when links lead in a circle.
    /// </summary>
    public static string Resolve(string path, string root = "") =>
        new LinkChaser(root).Chase(path, followLast: true);
}
