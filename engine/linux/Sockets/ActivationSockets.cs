using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Units.Model;

namespace InitTx.Linux.Sockets;

/// <summary>
/// Owner of socket files, resolved by the prepare helper; null leaves it as it is.
/// </summary>
public readonly record struct SocketOwner(uint? Uid, uint? Gid);

/// <summary>One open descriptor of a socket unit.</summary>
/// <param name="Descriptor">Owned by the receiver.</param>
/// <param name="Path">The file in the file system to unlink with RemoveOnStop=, or null.</param>
public sealed record ActivationSocket(
    FileDescriptor Descriptor, ListenSetting Setting, string? Path);

/// <summary>The result of opening a unit's sockets: all of them, or none and why.</summary>
/// <param name="Error">With file and line; null on success.</param>
/// <param name="Warnings">Options the kernel refused; the socket listens without them.</param>
public sealed record OpenedSockets(
    IReadOnlyList<ActivationSocket> Sockets, string? Error, IReadOnlyList<string> Warnings);

/// <summary>
/// Opens what a socket unit listens on (systemd.socket(5)). All or nothing: with the first that
/// fails the others are closed. A path is looked up here, so a caller that must not block lets the
/// prepare helper open those outside of /run and hand the descriptors over. Not thread-safe: the
/// umask is changed for a moment.
/// </summary>
public static class ActivationSockets
{
    /// <summary>Listen lines of one unit.</summary>
    public const int PerUnitMax = 64;

    /// <summary>Opens, binds and listens, in the order of the lines.</summary>
    public static OpenedSockets Open(SocketSettings settings, SocketOwner owner)
    {
        var opened = new List<ActivationSocket>(settings.Listen.Count);
        var warnings = new List<string>();
        string? error = settings.Listen.Count > PerUnitMax
            ? $"more than {PerUnitMax} addresses"
            : null;
        foreach (var setting in settings.Listen)
        {
            if (error is not null)
                break;
            var result = OpenOne(setting, settings, owner, warnings);
            if (result.IsOk)
                opened.Add(result.Require());
            else
                error = $"{setting.Source}: {result.What}"
                    + (result.Error == Errno.EPROTO ? "" : ": " + result.Error.Describe());
        }

        error ??= MakeSymlinks(settings, opened);
        if (error is null)
            return new(opened, null, warnings);
        foreach (var socket in opened)
            socket.Descriptor.Dispose();
        Unlink(settings, opened.Count);
        return new([], error, warnings);
    }

    /// <summary>
    /// Unlinks what RemoveOnStop= asks for: symbolic links and the sockets' own files.
    /// </summary>
    public static void Unlink(SocketSettings settings) =>
        Unlink(settings, settings.Listen.Count);

    // What was in the way of the first that could not be opened is somebody else's.
    private static void Unlink(SocketSettings settings, int opened)
    {
        if (!settings.RemoveOnStop)
            return;
        for (int i = 0; i < opened; i++)
        {
            var setting = settings.Listen[i];
            bool isFile = setting.Kind is not (ListenKind.Special or ListenKind.Netlink
                or ListenKind.MessageQueue);
            if (setting.Kind == ListenKind.MessageQueue)
                MessageQueues.Remove(setting.Address);
            if (isFile && setting.Address.StartsWith('/'))
                Files.Unlink(Files.Cwd, setting.Address);
        }

        foreach (string link in settings.Symlinks)
            Files.Unlink(Files.Cwd, link);
    }

    /// <summary>
    /// FlushPending=: takes away what waits: connections are accepted and closed, data is read.
    /// At most 1,024 pieces; more comes from somebody who does not stop.
    /// </summary>
    public static unsafe void Flush(FileDescriptor socket)
    {
        bool listens = SocketCalls.GetOption(
            socket.Number, Libc.SOL_SOCKET, Libc.SO_ACCEPTCONN) is { IsOk: true, Value: 1 };
        Span<byte> sink = stackalloc byte[4096];
        for (int i = 0; i < 1024; i++)
        {
            var result = listens
                ? SysResult.Of(Libc.accept4(socket.Number, null, null, Libc.SOCK_CLOEXEC))
                : Descriptors.Read(socket.Number, sink);
            if (result.IsError || (!listens && result.Value == 0))
                return;
            if (listens)
                ForeignDescriptors.Close(result.Value);
        }
    }

    /// <summary>
    /// Takes away a socket's pending error and what waits on its error queue (IP_RECVERR), at most
    /// 1,024 entries at once.
    /// </summary>
    /// <returns>Whether there was any.</returns>
    public static bool TakeErrors(FileDescriptor socket)
    {
        bool any = SocketCalls.GetOption(socket.Number, Libc.SOL_SOCKET, Libc.SO_ERROR)
            is { IsOk: true, Value: not 0 };
        Span<byte> sink = stackalloc byte[1];
        for (int i = 0; i < 1024; i++)
        {
            if (SocketCalls.Receive(
                socket.Number, sink, Libc.MSG_ERRQUEUE | Libc.MSG_DONTWAIT).IsError)
                break;
            any = true;
        }

        return any;
    }

    private static SysResult<ActivationSocket> OpenOne(
        ListenSetting setting, SocketSettings settings, SocketOwner owner, List<string> warnings)
    {
        if (!ListenAddressParser.TryParse(
            setting.Kind, setting.Address, out var target, out string error))
        {
            return SysResult<ActivationSocket>.Fail(Errno.EPROTO, error);
        }

        if (target.Path is { } path && target.Kind != ListenKind.Special)
        {
            var made = DirectoryMaker.MakeParents(path, (uint)settings.DirectoryMode);
            if (made.IsError)
                return SysResult<ActivationSocket>.Fail(made, "mkdir for " + path);
        }

        var opened = target.Kind switch
        {
            ListenKind.Fifo => SpecialFiles.OpenFifo(
                target.Path!, (uint)settings.SocketMode, settings.PipeSize, warnings),
            ListenKind.MessageQueue => MessageQueues.Open(setting.Address, settings),
            ListenKind.Special => SpecialFiles.OpenSpecial(target.Path!, settings.Writable),
            _ => OpenSocket(target, settings, warnings),
        };
        if (opened.IsError)
            return SysResult<ActivationSocket>.Fail(opened.Error, opened.What);
        var fd = opened.Require();
        if (target is { Path: { } named, Kind: not ListenKind.Special }
            && (owner.Uid is not null || owner.Gid is not null))
        {
            var changed = Files.ChangeOwner(
                Files.Cwd, named, owner.Uid ?? uint.MaxValue, owner.Gid ?? uint.MaxValue);
            if (changed.IsError)
            {
                fd.Dispose();
                return SysResult<ActivationSocket>.Fail(changed, "chown " + named);
            }
        }

        return SysResult<ActivationSocket>.Ok(new(fd, setting, target.Path));
    }

    private static SysResult<FileDescriptor> OpenSocket(
        ListenTarget target, SocketSettings settings, List<string> warnings)
    {
        int protocol = settings.Protocol != 0 ? settings.Protocol : target.Protocol;
        var created = SocketCalls.Create(target.Address!.Family, target.SocketType, protocol);
        if (created.Error == Errno.EAFNOSUPPORT && target.AnyAddress)
        {
            target = ListenAddressParser.WithoutIpv6(target);
            created = SocketCalls.Create(target.Address!.Family, target.SocketType, protocol);
        }

        if (created.IsError)
            return SysResult<FileDescriptor>.Fail(created.Error, "socket " + target.Address.Text);
        var fd = created.Require();
        string step = "options";
        var result = SocketOptions.Apply(fd, target, settings, warnings);
        if (result.IsOk)
        {
            step = "bind";
            result = target.Path is { } path
                ? UnixSockets.BindReplacing(fd, target.Address, path, (uint)settings.SocketMode)
                : SocketCalls.Bind(fd, target.Address);
        }

        if (result.IsOk && target.SocketType is Libc.SOCK_STREAM or Libc.SOCK_SEQPACKET)
        {
            step = "listen";
            result = SysResult.Of(Libc.listen(fd.Number, settings.Backlog));
        }

        if (result.IsOk)
            return created;
        fd.Dispose();
        return SysResult<FileDescriptor>.Fail(result, $"{step} {target.Address.Text}");
    }

    private static string? MakeSymlinks(SocketSettings settings, List<ActivationSocket> opened)
    {
        if (settings.Symlinks.Count == 0)
            return null;
        string? target = null;
        foreach (var socket in opened)
        {
            if (socket.Path is null)
                continue;
            if (target is not null)
                return "Symlinks= needs exactly one socket with a path";
            target = socket.Path;
        }

        if (target is null)
            return "Symlinks= needs exactly one socket with a path";
        foreach (string link in settings.Symlinks)
        {
            var made = DirectoryMaker.MakeParents(link, (uint)settings.DirectoryMode);
            if (made.IsOk)
                made = SpecialFiles.ReplaceSymlink(target, link);
            if (made.IsError)
                return $"symlink {link}: {made.Error.Describe()}";
        }

        return null;
    }
}
