namespace InitTx.Journal.Live;

/// <summary>
/// Puts a store that cannot be trusted aside, database and log always together: a log beside
/// another database would be replayed into it. Only the newest is kept, its number counts them.
/// Call it only when no connection is open.
/// </summary>
internal static class Quarantine
{
    /// <summary>Stores put aside before the journal stays with its ring.</summary>
    public const int Limit = 3;

    private static readonly string[] Parts = ["", "-wal", "-shm", "-journal"];

    /// <summary>How many there were in this directory's life.</summary>
    public static int Count(string storePath)
    {
        for (int n = Limit; n > 0; n--)
        {
            foreach (string part in Parts)
            {
                if (Path.Exists(NameOf(storePath, n) + part))
                    return n;
            }
        }

        return 0;
    }

    /// <summary>A new boot may use the quarantine again: the one kept becomes the first.</summary>
    public static void BeginBoot(string storePath)
    {
        int count = Count(storePath);
        if (count <= 1)
            return;
        try
        {
            foreach (string part in Parts)
            {
                Rename(NameOf(storePath, count) + part, NameOf(storePath, 1) + part);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The limit then stays where it was, which is reported when it is reached.
            return;
        }
    }

    /// <summary>Moves the store's files out of the way.</summary>
    /// <param name="moved">The new name, or null.</param>
    /// <returns>Null, or why it was not possible.</returns>
    public static string? Move(string storePath, out string? moved)
    {
        moved = null;
        int count = Count(storePath);
        if (count >= Limit)
            return $"{storePath}: put aside {Limit} times already";
        string target = NameOf(storePath, count + 1);
        try
        {
            foreach (string part in Parts)
            {
                if (count > 0)
                    Delete(NameOf(storePath, count) + part);
                Rename(storePath + part, target + part);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{storePath}: cannot be put aside: {e.Message}";
        }

        moved = target;
        return null;
    }

    private static void Rename(string from, string to)
    {
        if (Directory.Exists(from) && new FileInfo(from).LinkTarget is null)
            Directory.Move(from, to);
        else if (Path.Exists(from) || new FileInfo(from).LinkTarget is not null)
            File.Move(from, to, overwrite: true);
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    private static string NameOf(string storePath, int number) => $"{storePath}.corrupt-{number}";
}
