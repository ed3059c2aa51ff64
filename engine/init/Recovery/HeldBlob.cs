using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;

namespace InitTx.Init.Recovery;

/// <summary>
/// A sealed memfd with bytes that the next image needs, found again by name through the black
/// box. Replacing it registers the new one before the old one goes, so a crash in between finds
/// one of the two.
/// </summary>
internal sealed class HeldBlob(string name)
{
    /// <summary>
    /// The tree of a full distribution is about 1 MB; its loader's own cap is 64 MiB.
    /// </summary>
    private const int MaxBytes = 96 << 20;

    private FileDescriptor? _current;

    public bool IsHeld => _current is not null;

    /// <summary>
    /// Takes over what the image before this one left; null when there is nothing usable.
    /// </summary>
    public byte[]? TakeOver(IReadOnlyList<HeldDescriptor> held)
    {
        byte[]? newest = null;
        ulong newestTag = 0;
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind != DescriptorKind.Other || !string.Equals(entry.Name, name, StringComparison.Ordinal))
                continue;
            var descriptor = new FileDescriptor(entry.Fd);
            if (entry.Tag < newestTag || MemFd.ReadSealed(descriptor, MaxBytes, out byte[] read).IsError)
            {
                Release(descriptor);
                continue;
            }

            if (_current is { } older)
                Release(older);
            (_current, newest, newestTag) = (descriptor, read, entry.Tag);
        }

        Generation = newestTag;
        return newest;
    }

    /// <summary>Holds these bytes instead; an error in words when the kernel refuses.</summary>
    public string? Replace(ReadOnlySpan<byte> bytes)
    {
        SysResult<FileDescriptor> made = MemFd.CreateSealed(name, bytes);
        if (made.IsError)
            return made.Message;
        FileDescriptor next = made.Require();
        int registered = DescriptorRegistry.Register(next.Number, DescriptorKind.Other, "", name, ++Generation);
        if (registered < 0)
        {
            next.Dispose();
            return $"{name}: {((Errno)(-registered)).Describe()}";
        }

        Drop();
        _current = next;
        return null;
    }

    public void Drop()
    {
        if (_current is { } old)
            Release(old);
        _current = null;
    }

    private ulong Generation { get; set; }

    private static void Release(FileDescriptor descriptor)
    {
        DescriptorRegistry.Unregister(descriptor.Number);
        descriptor.Dispose();
    }
}
