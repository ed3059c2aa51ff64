using System.Buffers.Binary;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>Networks: an address, and how many of its bits count.</summary>
/// <param name="Address">4 or 16 bytes in the network's order.</param>
public readonly record struct AddressRange(byte[] Address, int Bits);

/// <summary>
/// A set of networks of one family that a program can look addresses up in (BPF_MAP_TYPE_LPM_TRIE,
/// Linux 4.11). Lives as long as its descriptor or a program that uses it.
/// </summary>
internal static unsafe class AddressMap
{
    private const uint Trie = 11;
    private const uint NoPreallocation = 1;
    private const int ValueSize = 8;
    private const int MostKey = 4 + 16;

    /// <summary>Makes one; at least one range.</summary>
    public static SysResult<FileDescriptor> Make(IReadOnlyList<AddressRange> ranges)
    {
        int keySize = 4 + ranges[0].Address.Length;
        Libc.MapCreate create = new()
        {
            Type = Trie,
            KeySize = (uint)keySize,
            ValueSize = ValueSize,
            MostEntries = (uint)ranges.Count,
            Flags = NoPreallocation,
        };
        SysResult<FileDescriptor> made = Descriptors.Own(
            SysResult.Of(Libc.syscall_bpf(
                Libc.SYS_bpf, Libc.BPF_MAP_CREATE, &create, (nuint)sizeof(Libc.MapCreate))),
            "bpf map");
        if (made.IsError)
            return made;
        byte* key = stackalloc byte[MostKey];
        ulong value = 1;
        foreach (AddressRange range in ranges)
        {
            var bytes = new Span<byte>(key, keySize);
            BinaryPrimitives.WriteInt32LittleEndian(bytes, range.Bits);
            range.Address.CopyTo(bytes[4..]);
            Libc.MapUpdate update = new()
            {
                Map = (uint)made.Require().Number,
                Key = key,
                Value = (byte*)&value,
            };
            var put = SysResult.Of(Libc.syscall_bpf(
                Libc.SYS_bpf, Libc.BPF_MAP_UPDATE_ELEM, &update, (nuint)sizeof(Libc.MapUpdate)));
            if (put.IsError)
            {
                made.Require().Dispose();
                return SysResult<FileDescriptor>.Fail(put.Error, "bpf map");
            }
        }

        return made;
    }
}
