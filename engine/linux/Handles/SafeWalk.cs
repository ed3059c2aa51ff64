using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>What a walk found.</summary>
/// <param name="Parent">The directory that holds the last component; owned by the caller.</param>
/// <param name="Name">The last component, not a symbolic link unless it was asked not to
/// follow.</param>
/// <param name="Unsafe">
/// Some step led from a place that an ordinary user controls to one that another user owns: that
/// user could have pointed it anywhere.
/// </param>
public sealed record WalkedPath(FileDescriptor Parent, string Name, bool Unsafe) : IDisposable
{
    /// <summary>
    /// Users other than root whose symbolic links led here.
    /// </summary>
    public IReadOnlyList<uint> LinkedBy { get; init; } = [];

    /// <summary>
    /// The name is a link of the kernel's in /proc, to an open file: only the kernel can follow it.
    /// </summary>
    public bool IsKernelLink { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Parent.Dispose();
}

/// <summary>
/// Follows an absolute path component by component, by descriptors, and tells whether an
/// unprivileged user could have redirected it: the question behind PID files and removals in
/// directories that belong to a service.
/// </summary>
public static unsafe class SafeWalk
{
    private const int MaxLinks = 32;
    private const int PathMax = 4096;

    /// <summary>
    /// Walks to the parent of the last component. A last component that is a link is followed when
    /// <paramref name="followLast"/> is set. ENOENT, ENOTDIR, ELOOP, EACCES as the kernel says.
    /// </summary>
    public static SysResult<WalkedPath> To(string path, bool followLast)
    {
        if (!path.StartsWith('/'))
            return SysResult<WalkedPath>.Fail(Errno.EINVAL, path);
        var walk = new Walk(path);
        return walk.Run(followLast);
    }

    private sealed class Walk(string path)
    {
        private readonly Stack<string> _todo = new();
        private FileDescriptor? _current;
        private uint _owner;
        private readonly List<uint> _linkedBy = [];
        private bool _unsafe;
        private int _links;

        public SysResult<WalkedPath> Run(bool followLast)
        {
            Push(path);
            var opened = Enter(Files.Cwd, "/");
            while (opened.IsOk)
            {
                string name = Next();
                bool last = _todo.Count == 0;
                if (name.Length == 0)
                    return Finish(".");
                var looked = Files.Status(_current!.Number, name, out FileStatus status);
                if (looked.IsError)
                    return last && looked.Error == Errno.ENOENT ? Finish(name) : Fail(looked);
                if (status.IsSymlink && last && followLast && IsInProc())
                    return Finish(name, kernelLink: true);
                if (status.IsSymlink && (!last || followLast))
                {
                    opened = Follow(name, status.Uid);
                    continue;
                }

                Step(status.Uid);
                if (last)
                    return Finish(name);
                opened = Enter(_current.Number, name);
            }

            return Fail(opened);
        }

        private string Next()
        {
            while (_todo.TryPop(out string? step))
            {
                if (step is not ("" or "."))
                {
                    while (_todo.TryPeek(out string? after) && after is "" or ".")
                        _todo.Pop();
                    return step;
                }
            }

            return "";
        }

        private SysResult Follow(string name, uint linkOwner)
        {
            if (++_links > MaxLinks)
                return SysResult.Fail(Errno.ELOOP);
            Step(linkOwner);
            if (linkOwner != 0 && !_linkedBy.Contains(linkOwner))
                _linkedBy.Add(linkOwner);
            Span<byte> target = stackalloc byte[PathMax];
            var read = SymbolicLinks.Read(_current!.Number, name, target);
            if (read.IsError)
                return read;
            string text = Encoding.UTF8.GetString(target[..read.Value]);
            Push(text);
            return text.StartsWith('/') ? Enter(Files.Cwd, "/") : SysResult.Ok;
        }

        // Root may lead anywhere; anybody else only to what is his own.
        private void Step(uint owner)
        {
            _unsafe |= _owner != 0 && owner != _owner;
            _owner = owner;
        }

        private SysResult Enter(int directory, string name)
        {
            var opened = Files.Open(
                directory, name, Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_NOFOLLOW);
            if (opened.IsError)
                return SysResult.Fail(opened.Error);
            _current?.Dispose();
            _current = opened.Require();
            var looked = Files.Status(_current.Number, out FileStatus status);
            Step(status.Uid);
            return looked;
        }

        private void Push(string text)
        {
            string[] steps = text.Split('/');
            for (int i = steps.Length - 1; i >= 0; i--)
                _todo.Push(steps[i]);
        }

        private bool IsInProc() =>
            Files.FileSystemType(_current!.Number).Raw == Libc.PROC_SUPER_MAGIC;

        private SysResult<WalkedPath> Finish(string name, bool kernelLink = false)
        {
            FileDescriptor parent = _current!;
            _current = null;
            return SysResult<WalkedPath>.Ok(new WalkedPath(parent, name, _unsafe)
            {
                LinkedBy = _linkedBy,
                IsKernelLink = kernelLink,
            });
        }

        private SysResult<WalkedPath> Fail(SysResult result)
        {
            _current?.Dispose();
            return SysResult<WalkedPath>.Fail(result, path);
        }
    }
}
