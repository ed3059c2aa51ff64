using InitTx.Exec.Conditions;

namespace InitTx.Exec.Tests.Support;

/// <summary>A directory of its own, also usable as the root of a made-up machine.</summary>
internal sealed class Sandbox : IDisposable
{
    public Sandbox() => Root = Directory.CreateTempSubdirectory("initx-exec-").FullName;

    public string Root { get; }

    public SystemFiles System => new(Root);

    public string At(string path) => $"{Root}/{path.TrimStart('/')}";

    /// <summary>Writes a file with its directories.</summary>
    public string Put(string path, string content = "")
    {
        string full = At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return full;
    }

    public string Make(string path)
    {
        Directory.CreateDirectory(At(path));
        return At(path);
    }

    public string Link(string path, string target)
    {
        string full = At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
        return full;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
