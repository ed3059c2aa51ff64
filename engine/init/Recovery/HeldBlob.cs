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

    /// <summary>Grows with each replacement, over all images; 0 before the first.</summary>
    public ulong Generation { get; private set; }

    /// <summary>
    /// Takes over what the image before this one left, the newest where it had no time to drop
    /// the one before; null when there is nothing usable.
    /// </summary>
    public byte[]? TakeOver(IReadOnlyList<HeldDescriptor> held)
    {
        Adopt(held);
        return Read();
    }

    /// <summary>As <see cref="TakeOver"/>, to be read when it is needed.</summary>
    public void Adopt(IReadOnlyList<HeldDescriptor> held)
    {
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind != DescriptorKind.Other || !string.Equals(entry.Name, name, StringComparison.Ordinal))
                continue;
            var descriptor = new FileDescriptor(entry.Fd);
            if (entry.Tag < Generation)
            {
                Release(descriptor);
                continue;
            }

            Drop();
            (_current, Generation) = (descriptor, entry.Tag);
        }
    }

    /// <summary>The bytes; null when there are none or the kernel does not give them.</summary>
    public byte[]? Read() =>
        _current is { } current && !MemFd.ReadSealed(current, MaxBytes, out byte[] read).IsError
            ? read
            : null;

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

    private static void Release(FileDescriptor descriptor)
    {
        DescriptorRegistry.Unregister(descriptor.Number);
        descriptor.Dispose();
    }
}
