using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>
/// The binary form of a <see cref="UnitFileTree"/>: magic, version, then counted lists; numbers are
/// little-endian, texts are UTF-8 with a 32-bit length in front. Reading trusts no number: each is
/// held against the bytes that are left before anything is allocated.
/// </summary>
internal static class UnitFileTreeCodec
{
    private const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "IXTREE"u8;

    public static void Write(UnitFileTree tree, IBufferWriter<byte> output)
    {
        output.Write(Magic);
        Number16(output, Version);
        Number32(output, tree.SearchPath.Count);
        foreach (string path in tree.SearchPath)
            Text(output, path);
        Number32(output, tree.Directories.Count);
        foreach (UnitTreeDirectory directory in tree.Directories)
        {
            Text(output, directory.Path);
            Entries(output, directory.Entries);
            Number32(output, directory.Folders.Count);
            foreach (UnitTreeFolder folder in directory.Folders)
            {
                Text(output, folder.Name);
                Entries(output, folder.Entries);
            }
        }

        Number32(output, tree.Diagnostics.Count);
        foreach (Diagnostic d in tree.Diagnostics)
        {
            output.Write([(byte)d.Severity]);
            Text(output, d.Location.Path);
            Number32(output, d.Location.Line);
            Number32(output, d.Location.Column);
            Text(output, d.Message);
        }
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out UnitFileTree tree)
    {
        var reader = new Reader(bytes);
        tree = UnitFileTree.Empty;
        if (!reader.Expect(Magic) || reader.Number16() != Version)
            return false;
        List<string> search = reader.Texts();
        List<UnitTreeDirectory> directories = [];
        for (int n = reader.Count(12); n > 0 && reader.Ok; n--)
            directories.Add(reader.Directory());
        List<Diagnostic> diagnostics = [];
        for (int n = reader.Count(17); n > 0 && reader.Ok; n--)
            diagnostics.Add(reader.Diagnostic());
        if (!reader.Ok || !reader.AtEnd)
            return false;
        tree = new UnitFileTree(directories, search, diagnostics);
        return true;
    }

    private static void Entries(IBufferWriter<byte> output, IReadOnlyList<UnitTreeEntry> entries)
    {
        Number32(output, entries.Count);
        foreach (UnitTreeEntry e in entries)
        {
            output.Write([(byte)e.Kind, (byte)((e.IsEmpty ? 1 : 0) | (e.Exists ? 2 : 0))]);
            Text(output, e.Name);
            Text(output, e.Target);
            Number32(output, e.Content.Length);
            output.Write(e.Content.Span);
            Text(output, e.Error);
        }
    }

    private static void Number16(IBufferWriter<byte> output, ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(2), value);
        output.Advance(2);
    }

    private static void Number32(IBufferWriter<byte> output, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    private static void Text(IBufferWriter<byte> output, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Number32(output, length);
        Span<byte> span = output.GetSpan(Math.Max(length, 1));
        Encoding.UTF8.GetBytes(text, span);
        output.Advance(length);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool Ok { get; private set; } = true;

        public readonly bool AtEnd => _rest.IsEmpty;

        public bool Expect(ReadOnlySpan<byte> wanted) => Take(wanted.Length).SequenceEqual(wanted)
            && Ok;

        public int Number16()
        {
            ReadOnlySpan<byte> b = Take(2);
            return Ok ? BinaryPrimitives.ReadUInt16LittleEndian(b) : -1;
        }

        // A count is believed only if that many of the smallest possible items still fit.
        public int Count(int smallest)
        {
            int n = Number32();
            if (n < 0 || n > _rest.Length / smallest)
                Ok = false;
            return Ok ? n : 0;
        }

        public List<string> Texts()
        {
            List<string> list = [];
            for (int n = Count(4); n > 0 && Ok; n--)
                list.Add(Text());
            return list;
        }

        public UnitTreeDirectory Directory()
        {
            string path = Text();
            List<UnitTreeEntry> entries = Entries();
            List<UnitTreeFolder> folders = [];
            for (int n = Count(8); n > 0 && Ok; n--)
                folders.Add(new UnitTreeFolder(Text(), Entries()));
            return new UnitTreeDirectory(path, entries, folders);
        }

        public Diagnostic Diagnostic()
        {
            byte severity = Byte((byte)DiagnosticSeverity.Error);
            string path = Text();
            int line = Number32(), column = Number32();
            return new Diagnostic(
                (DiagnosticSeverity)severity, new SourceLocation(path, line, column), "", Text());
        }

        private List<UnitTreeEntry> Entries()
        {
            List<UnitTreeEntry> list = [];
            for (int n = Count(18); n > 0 && Ok; n--)
            {
                byte kind = Byte((byte)UnitTreeEntryKind.Unreadable);
                byte flags = Byte(3);
                string name = Text(), target = Text();
                byte[] content = Take(Count(1)).ToArray();
                list.Add(new UnitTreeEntry(
                    name, (UnitTreeEntryKind)kind, target, (flags & 1) != 0, (flags & 2) != 0,
                    content, Text()));
            }

            return list;
        }

        private byte Byte(byte highest)
        {
            ReadOnlySpan<byte> b = Take(1);
            if (Ok && b[0] > highest)
                Ok = false;
            return Ok ? b[0] : (byte)0;
        }

        private int Number32()
        {
            ReadOnlySpan<byte> b = Take(4);
            return Ok ? BinaryPrimitives.ReadInt32LittleEndian(b) : 0;
        }

        private string Text() => Encoding.UTF8.GetString(Take(Count(1)));

        private ReadOnlySpan<byte> Take(int count)
        {
            if (!Ok || count > _rest.Length)
            {
                Ok = false;
                return default;
            }

            ReadOnlySpan<byte> taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
