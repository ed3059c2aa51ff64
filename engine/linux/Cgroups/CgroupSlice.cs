using InitTx.Linux.Handles;
using InitTx.Units.Model;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// The directory that cgroups of units are made in. It stays open; when somebody removed it, the
/// one that was made anew takes its place here, so units in it need not know.
/// </summary>
internal sealed class CgroupSlice(FileDescriptor directory)
{
    internal FileDescriptor Directory { get; private set; } = directory;

    internal int Number => Directory.Number;

    /// <summary>Controllers that something in it needs.</summary>
    internal CgroupControllers Wanted { get; set; }

    /// <summary>Of these, tried: on, or refused for good.</summary>
    internal CgroupControllers Tried { get; set; }

    internal void Replace(FileDescriptor made)
    {
        Directory.Dispose();
        Directory = made;
        Tried = CgroupControllers.None;
    }
}
