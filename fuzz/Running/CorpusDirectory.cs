namespace InitTx.Fuzz.Running;

/// <summary>The inputs that are kept beside the code, a directory for each target.</summary>
internal static class CorpusDirectory
{
    /// <summary>Where the inputs of one target lie.</summary>
    public static string Of(string target) =>
        Path.Combine(AppContext.BaseDirectory, "Corpus", target);

    /// <summary>The paths of one target's inputs, sorted.</summary>
    public static string[] Files(string target)
    {
        if (!Directory.Exists(Of(target)))
            return [];
        string[] files = Directory.GetFiles(Of(target));
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <summary>The inputs of one target, sorted by file name.</summary>
    public static IReadOnlyList<byte[]> Read(string target) =>
        [.. Files(target).Select(File.ReadAllBytes)];
}
