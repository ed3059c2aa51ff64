using System.Globalization;
using System.Text;

namespace InitTx.Vm.Tests.Harness;

/// <summary>
/// Writes an initramfs in the "newc" form (kernel:
/// Documentation/driver-api/early-userspace/buffer-format.rst). Written here and not by cpio(1)
/// because a device node can then be put in without being root.
/// </summary>
/// <remarks>A path that is added twice keeps the later content: the kernel unpacks in
/// order.</remarks>
public sealed class CpioArchive
{
    private const int TypeDirectory = 0x4000;
    private const int TypeFile = 0x8000;
    private const int TypeLink = 0xA000;
    private const int TypeCharacterDevice = 0x2000;

    private readonly MemoryStream stream = new();
    private readonly HashSet<string> directories = new(StringComparer.Ordinal) { "" };
    private int inode = 1;

    public CpioArchive Directory(string path)
    {
        string name = path.Trim('/');
        if (directories.Contains(name))
            return this;
        Parents(name);
        directories.Add(name);
        Entry(name, TypeDirectory | 0x1ED, []);
        return this;
    }

    public CpioArchive File(string path, ReadOnlySpan<byte> content, bool executable = false)
    {
        string name = path.Trim('/');
        Parents(name);
        Entry(name, TypeFile | (executable ? 0x1ED : 0x1A4), content);
        return this;
    }

    public CpioArchive File(string path, string content, bool executable = false) =>
        File(path, Encoding.UTF8.GetBytes(content), executable);

    public CpioArchive Program(string source, string path) =>
        File(path, System.IO.File.ReadAllBytes(source), executable: true);

    public CpioArchive Link(string path, string destination)
    {
        string name = path.Trim('/');
        Parents(name);
        Entry(name, TypeLink | 0x1FF, Encoding.UTF8.GetBytes(destination));
        return this;
    }

    public CpioArchive CharacterDevice(string path, int major, int minor)
    {
        string name = path.Trim('/');
        Parents(name);
        Entry(name, TypeCharacterDevice | 0x180, [], major, minor);
        return this;
    }

    /// <summary>The finished archive.</summary>
    public byte[] ToArray()
    {
        using MemoryStream copy = new();
        stream.WriteTo(copy);
        MemoryStream body = new();
        Write(body, "TRAILER!!!", 0, 0, [], 0, 0);
        body.WriteTo(copy);
        return copy.ToArray();
    }

    private void Parents(string name)
    {
        int slash = name.LastIndexOf('/');
        if (slash > 0)
            Directory(name[..slash]);
    }

    private void Entry(
        string name, int mode, ReadOnlySpan<byte> content, int major = 0, int minor = 0) =>
        Write(stream, name, inode++, mode, content, major, minor);

    private static void Write(
        MemoryStream output, string name, int inode, int mode, ReadOnlySpan<byte> content,
        int major, int minor)
    {
        byte[] path = Encoding.UTF8.GetBytes(name + "\0");
        StringBuilder header = new("070701");
        // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize
        // check
        int links = (mode & 0xF000) == TypeDirectory ? 2 : 1;
        int[] fields =
            [inode, mode, 0, 0, links, 0, content.Length, 0, 0, major, minor, path.Length, 0];
        foreach (int field in fields)
            header.Append(field.ToString("X8", CultureInfo.InvariantCulture));
        output.Write(Encoding.ASCII.GetBytes(header.ToString()));
        output.Write(path);
        Pad(output);
        output.Write(content);
        Pad(output);
    }

    private static void Pad(MemoryStream output)
    {
        while (output.Length % 4 != 0)
            output.WriteByte(0);
    }
}
