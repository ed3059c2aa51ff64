namespace InitTx.Fuzz.Running;

/// <summary>The inputs that are kept beside the code, a directory for each target.</summary>
internal static class CorpusDirectory
{
    /// <summary>The inputs of one target, sorted by file name.</summary>
    public static IReadOnlyList<byte[]> Read(string target)
    {
        string directory = Path.Combine(AppContext.BaseDirectory, "Corpus", target);
        if (!Directory.Exists(directory))
            return [];
        string[] files = Directory.GetFiles(directory);
        Array.Sort(files, StringComparer.Ordinal);
        return [.. files.Select(File.ReadAllBytes)];
    }
}
