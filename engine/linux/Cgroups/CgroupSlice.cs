using InitTx.Linux.Handles;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// The directory that cgroups of units are made in. It stays open; when somebody removed it, the
/// one that was made anew takes its place here, so units in it need not know.
/// </summary>
internal sealed class CgroupSlice(FileDescriptor directory)
{
    internal FileDescriptor Directory { get; private set; } = directory;

    internal int Number => Directory.Number;

    internal void Replace(FileDescriptor made)
    {
        Directory.Dispose();
        Directory = made;
    }
}
