using InitTx.Core;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Sockets;
using InitTx.Units.Model;

namespace InitTx.Init.Activation;

/// <summary>
/// Descriptors that services left with FDSTORE=1. What arrives is held under a ticket until the
/// core has said whose it is; what is kept is registered in the black box, so that the next image
/// has it too, planned or not. A descriptor whose other end is gone is closed, unless FDPOLL=0 said
/// otherwise. Main thread only.
/// </summary>
internal sealed class DescriptorStore(Engine engine, EventLoop loop, ManagerConsole console)
{
    /// <summary>Descriptors that all units store together.</summary>
    public const int TotalMax = 1024;

    // In the tag of a registered descriptor: FDPOLL=0, its other end is not watched.
    private const ulong Unwatched = 1UL << 63;

    private readonly Dictionary<int, List<Entry>> _stored = [];
    private readonly Dictionary<ulong, FileDescriptor[]> _held = [];
    private ulong _lastTicket;
    private ulong _lastTag;
    private int _total;

    /// <summary>Holds what came with a datagram; the ticket, or 0 when there was nothing.</summary>
    public ulong Hold(FileDescriptor[] descriptors)
    {
        if (descriptors.Length == 0)
            return 0;
        _held.Add(++_lastTicket, descriptors);
        return _lastTicket;
    }

    /// <summary>The StoreDescriptors effect.</summary>
    public void Store(Effect.StoreDescriptors effect)
    {
        if (!_held.Remove(effect.Ticket, out FileDescriptor[]? descriptors))
            return;
        UnitRuntime unit = engine.Unit(effect.Unit);
        List<Entry> own = Of(unit.Id.Value);
        int most = unit.Definition.Service?.FileDescriptorStoreMax ?? 0;
        foreach (FileDescriptor descriptor in descriptors)
        {
            // Sent again, or heard again after a crash: one is enough (as in systemd).
            if (Has(own, descriptor))
            {
                ForeignDescriptors.Close(descriptor);
                continue;
            }

            string? refused = own.Count >= most
                ? $"FileDescriptorStoreMax={most} is reached"
                : _total >= TotalMax ? $"all units store {TotalMax} already" : null;
            ulong tag = ++_lastTag;
            if (refused is null && DescriptorRegistry.Register(
                descriptor.Number, DescriptorKind.Store, unit.Name.Value, effect.Name,
                effect.KeepBroken ? tag | Unwatched : tag) is < 0 and int error)
                refused = ((Errno)(-error)).Describe();
            if (refused is null)
            {
                Add(own, new Entry(descriptor, effect.Name, tag), watch: !effect.KeepBroken);
                continue;
            }

            ForeignDescriptors.Close(descriptor);
            console.Line($"{unit.Name}: a descriptor is not stored: {refused}");
        }
    }

    /// <summary>The DropDescriptors effect; also for a sender that belongs to no unit.</summary>
    public void Drop(ulong ticket)
    {
        if (!_held.Remove(ticket, out FileDescriptor[]? descriptors))
            return;
        foreach (FileDescriptor descriptor in descriptors)
            ForeignDescriptors.Close(descriptor);
    }

    /// <summary>The ReleaseDescriptors effect.</summary>
    public void Release(UnitId unit, string? name)
    {
        if (!_stored.TryGetValue(unit.Value, out List<Entry>? own))
            return;
        for (int i = own.Count - 1; i >= 0; i--)
        {
            if (name is null || string.Equals(own[i].Name, name, StringComparison.Ordinal))
                Close(own, i);
        }
    }

    /// <summary>The other end of a stored descriptor is gone.</summary>
    public void OnHangup(int number)
    {
        foreach (List<Entry> own in _stored.Values)
        {
            for (int i = 0; i < own.Count; i++)
            {
                if (own[i].Descriptor.Number != number)
                    continue;
                Close(own, i);
                return;
            }
        }
    }

    /// <summary>What a unit's next main process gets behind its sockets, oldest first.</summary>
    public void AppendTo(UnitId unit, List<int> descriptors, List<string> names)
    {
        if (!_stored.TryGetValue(unit.Value, out List<Entry>? own))
            return;
        foreach (Entry entry in own)
        {
            descriptors.Add(entry.Descriptor.Number);
            names.Add(entry.Name);
        }
    }

    /// <summary>
    /// Takes over what the image before this one held. What the core knows nothing of was let go
    /// in its last moment, and is closed.
    /// </summary>
    public void TakeOver(IReadOnlyList<HeldDescriptor> held)
    {
        var found = new List<HeldDescriptor>();
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind == DescriptorKind.Store)
                found.Add(entry);
        }

        found.Sort(static (a, b) => TagOf(a).CompareTo(TagOf(b)));
        foreach (HeldDescriptor entry in found)
        {
            var descriptor = new FileDescriptor(entry.Fd);
            ulong tag = TagOf(entry);
            _lastTag = Math.Max(_lastTag, tag);
            if (UnitName.TryParse(entry.Unit, out UnitName name)
                && engine.Find(name) is { HasStore: true } unit)
            {
                Add(
                    Of(unit.Id.Value), new Entry(descriptor, entry.Name, tag),
                    watch: (entry.Tag & Unwatched) == 0);
                continue;
            }

            DescriptorRegistry.Unregister(entry.Fd);
            ForeignDescriptors.Close(descriptor);
        }
    }

    private static ulong TagOf(HeldDescriptor held) => held.Tag & ~Unwatched;

    private static bool Has(List<Entry> own, FileDescriptor descriptor)
    {
        foreach (Entry entry in own)
        {
            if (Descriptors.AreSame(entry.Descriptor, descriptor))
                return true;
        }

        return false;
    }

    private void Add(List<Entry> own, Entry entry, bool watch)
    {
        own.Add(entry);
        _total++;

        // Files and directories cannot be watched, and have no other end.
        if (watch)
        {
            loop.Add(entry.Descriptor.Number, LoopEvents.None,
                new EventKey(EventKinds.Stored, (ulong)entry.Descriptor.Number));
        }
    }

    private void Close(List<Entry> own, int index)
    {
        Entry entry = own[index];
        own.RemoveAt(index);
        _total--;
        loop.Remove(entry.Descriptor.Number);
        DescriptorRegistry.Unregister(entry.Descriptor.Number);
        ForeignDescriptors.Close(entry.Descriptor);
    }

    private List<Entry> Of(int unit)
    {
        if (!_stored.TryGetValue(unit, out List<Entry>? own))
            _stored.Add(unit, own = []);
        return own;
    }

    private sealed record Entry(FileDescriptor Descriptor, string Name, ulong Tag);
}
