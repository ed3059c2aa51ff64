using System.Text;
using InitTx.Linux.Handles;
using InitTx.Units.Model;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// Controllers and the attributes of slices. A controller is on only where something below needs
/// it, from the root downwards; it stays on until <see cref="TurnOff"/>: turning one off and on
/// again costs every cgroup below it.
/// </summary>
public sealed partial class CgroupTree
{
    /// <summary>
    /// Counts slices that somebody removed and that were made anew, without limits.
    /// </summary>
    public int Remade { get; private set; }

    /// <summary>Controllers can be turned on at once.</summary>
    public bool IsSettled => !_unsettled;

    /// <summary>
    /// Turns controllers on for what lies in a slice, as far as the kernel offers them; before
    /// <see cref="Settle"/> it is put off until then.
    /// </summary>
    /// <param name="slice">For example "system.slice"; "-.slice" for the root.</param>
    public void Enable(string slice, CgroupControllers wanted)
    {
        wanted &= _offered;
        if (_root is null || wanted == 0 || CgroupName.SlicePath(slice) is not { } path
            || (_slices.TryGetValue(path, out CgroupSlice? last) && (wanted & ~last.Wanted) == 0))
            return;
        for (int at = 0; at >= 0; at = at == path.Length ? -1 : Next(path, at))
        {
            if (SliceAt(path[..at], again: false).Value is not { } inside)
                return;
            inside.Wanted |= wanted;
            if (!_unsettled)
                TurnOn(inside);
        }
    }

    /// <summary>
    /// Takes controllers away from what lies in a slice (<c>DisableControllers=</c>), deepest
    /// first; the kernel lets go of the limits with them.
    /// </summary>
    public void TurnOff(string slice, CgroupControllers off)
    {
        if (_root is null || CgroupName.SlicePath(slice) is not { } path)
            return;
        var below = new List<string>();
        foreach (string other in _slices.Keys)
        {
            if (path.Length == 0 || other == path
                || other.StartsWith(path + "/", StringComparison.Ordinal))
                below.Add(other);
        }

        below.Sort(static (a, b) => b.Length - a.Length);
        foreach (string other in below)
        {
            CgroupSlice inside = _slices[other];
            foreach ((string name, CgroupControllers controller) in ControllerNames.All)
            {
                if ((off & inside.Wanted & controller) != 0 && !_unsettled)
                    Control(inside.Directory, "-" + name);
            }

            inside.Wanted &= ~off;
            inside.Tried &= ~off;
        }
    }

    /// <summary>Writes an attribute of a slice that exists.</summary>
    public SysResult WriteSlice(string slice, string name, string text) =>
        _root is not null && CgroupName.SlicePath(slice) is { } path
            && SliceAt(path, again: false).Value is { } inside
                ? Files.WriteValue(inside.Number, name, Encoding.UTF8.GetBytes(text))
                : SysResult.Fail(Errno.ENOENT);

    /// <summary>A limit of the whole tree, as a container has it; the highest without.</summary>
    public ulong RootLimit(string name) => IsAvailable
        ? Machine.MachineCapacity.Number($"{_rootPath}/{name}") : ulong.MaxValue;

    /// <summary>The kernel has the controller for us.</summary>
    public bool Offers(CgroupControllers controller) => (controller & _offered) != 0;

    /// <summary>Why an attribute cannot be written, in words.</summary>
    public string Why(CgroupControllers controller, SysResult written)
    {
        if (_root is null)
            return Problem;
        string name = ControllerNames.Of(controller);
        if ((controller & _offered) != 0)
            return written.Error.Describe();
        return Mode == CgroupMode.Hybrid
            ? $"no {name} controller in version 2: version 1 has it"
            : $"no {name} controller here";
    }

    private static int Next(string path, int at)
    {
        int slash = path.IndexOf('/', at == 0 ? 0 : at + 1);
        return slash < 0 ? path.Length : slash;
    }

    private void TurnAllOn()
    {
        // Those above come first: a controller can be on only where it is on above.
        var paths = new List<string>(_slices.Keys);
        paths.Sort(static (a, b) => a.Length - b.Length);
        foreach (string path in paths)
            TurnOn(_slices[path]);
    }

    private void TurnOn(CgroupSlice slice)
    {
        CgroupControllers missing = slice.Wanted & ~slice.Tried;
        if (missing == 0)
            return;
        slice.Tried |= missing;

        // One write each: a single refused controller would refuse the whole line.
        foreach ((string name, CgroupControllers controller) in ControllerNames.All)
        {
            if ((missing & controller) == 0)
                continue;
            SysResult enabled = Control(slice.Directory, "+" + name);
            if (enabled.IsError && Problem.Length == 0)
                Problem = $"cgroup controller {name}: {enabled.Error.Describe()}";
        }
    }

    private static SysResult Control(FileDescriptor directory, string word) => Files.WriteValue(
        directory.Number, "cgroup.subtree_control", Encoding.UTF8.GetBytes(word));

    private CgroupControllers Present(ReadOnlySpan<string> wanted)
    {
        Span<byte> text = stackalloc byte[1024];
        var read = Files.ReadAll(_root!.Number, "cgroup.controllers", text);
        string[] present = read.IsError
            ? []
            : Encoding.UTF8.GetString(text[..read.Value]).TrimEnd('\n').Split(' ');
        CgroupControllers both = CgroupControllers.None;
        var missing = new List<string>();
        foreach (string controller in wanted)
        {
            if (Array.IndexOf(present, controller) >= 0)
                both |= ControllerNames.Of(controller);
            else
                missing.Add(controller);
        }

        if (missing.Count > 0 && Problem.Length == 0)
            Problem = "cgroup controllers missing: " + string.Join(' ', missing);
        return both;
    }
}
