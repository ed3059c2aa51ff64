using InitTx.Core.Ports;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// The kernel's tables of mounts and swaps. Each entry is a unit, also when no file declares it: it
/// gets a definition of what the table says, which goes when a reload finds it down.
/// </summary>
public sealed partial class Engine
{
    private void ObserveMounts(IReadOnlyList<KernelEntry> present)
    {
        var seen = new HashSet<UnitRuntime>(present.Count);
        foreach (KernelEntry entry in present)
        {
            if (entry.Unit.Kind is UnitKind.Mount or UnitKind.Swap
                && GetOrLoad(entry.Unit) is { Id.Value: >= 0 } unit && seen.Add(unit))
                Declare(unit, entry, present);
        }

        var cause = new Cause(CauseKind.Dependency, 0, "kernel table");
        for (int i = 0; i < _units.Count; i++)
        {
            UnitRuntime unit = _units[i];
            if (unit.Name.Kind is UnitKind.Mount or UnitKind.Swap)
                Mounts.Observed(unit, seen.Contains(unit), cause);
        }
    }

    private void Declare(UnitRuntime unit, KernelEntry entry, IReadOnlyList<KernelEntry> all)
    {
        UnitDefinition known = unit.Definition;
        if (known.LoadState == UnitLoadState.NotFound)
        {
            unit.Seen = (entry, Above(entry, all));
            DefineSeen(unit);
        }
        else if (known.IsFromKernel && unit.Seen is { } seen && seen.Entry != entry)
        {
            unit.Seen = (entry, seen.Above);
            unit.Definition = known with { Mount = MountOf(entry) };
        }
        else
        {
            return;
        }

        Out.Touch(unit);
    }

    // Also of a unit that is restored: the table that is read next may not have it any more.
    private void DefineSeen(UnitRuntime unit)
    {
        if (unit.Seen is not { } seen || unit.Definition.LoadState != UnitLoadState.NotFound)
            return;
        Redefine(unit, unit.Name.Kind == UnitKind.Swap
            ? MountedUnits.Swap(unit.Name, new SwapSettings { What = seen.Entry.What })
            : MountedUnits.Mount(unit.Name, MountOf(seen.Entry)!, seen.Above));
    }

    private static MountSettings? MountOf(KernelEntry entry) => entry.Unit.Kind != UnitKind.Mount
        ? null
        : new MountSettings
        {
            What = entry.What,
            Where = entry.Where,
            FileSystemType = entry.Type,
            Options = entry.Options,
        };

    // What is mounted upon stands before it in the kernel's table.
    private static UnitName? Above(KernelEntry entry, IReadOnlyList<KernelEntry> all)
    {
        KernelEntry? above = null;
        foreach (KernelEntry other in all)
        {
            bool isAbove = other.Unit.Kind == UnitKind.Mount && other.Where.Length > 1
                && entry.Where.Length > other.Where.Length
                && entry.Where.StartsWith(other.Where, StringComparison.Ordinal)
                && entry.Where[other.Where.Length] == '/';
            if (isAbove && other.Where.Length > (above?.Where.Length ?? 0))
                above = other;
        }

        return above?.Unit;
    }

    /// <summary>Another definition of a unit, with its edges; what it names is loaded.</summary>
    private void Redefine(UnitRuntime unit, UnitDefinition definition)
    {
        unit.Out.ForgetIn(unit);
        unit.Out.Clear();
        unit.Definition = definition;
        int first = _units.Count;
        TakeNamed(unit);
        for (int i = first; i < _units.Count; i++)
            TakeNamed(_units[i]);
        LinkEdges(unit);
        for (int i = first; i < _units.Count; i++)
            LinkEdges(_units[i]);
        if (unit.Job is null)
            return;
        var notes = new List<string>();
        RelinkJobs(notes);
        foreach (string note in notes)
            Out.Manager(RecordKind.Config, new Cause(CauseKind.Dependency, 0, note));
    }
}
