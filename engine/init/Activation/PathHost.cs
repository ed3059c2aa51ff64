using InitTx.Core;
using InitTx.Init.Prepare;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Prepare;
using InitTx.Linux.Watches;

namespace InitTx.Init.Activation;

/// <summary>
/// Watches of path units. Looking at paths and adding watches may wait for a disk, so the prepare
/// helper does it and hands over the inotify descriptor; reading that never waits. A watch is made
/// anew by each look: the old one is read until the new one is there, so nothing falls in between.
/// </summary>
internal sealed class PathHost(EventLoop loop, EventQueue queue, PrepareClient prepare)
{
    private const long TimeoutUs = 20_000_000;

    private readonly Dictionary<int, Watched> _watches = [];
    private readonly byte[] _buffer = new byte[16 * 1024];

    public void Watch(Effect.WatchPaths effect, UnitRuntime unit)
    {
        if (unit.Definition.Path is not { } settings)
            return;
        var question = new PrepareQuestion.WatchPaths(
            0, unit.Name, settings.Watches, settings.MakeDirectory, settings.DirectoryMode);
        prepare.Ask(question, TimeoutUs, reply =>
        {
            if (reply.Answer is PrepareAnswer.Watching { Error: null } seen
                && reply.Descriptor is { } descriptor
                && descriptor.Duplicate() is { IsError: false } own)
            {
                // An answer to a unit that waits no more comes to nothing in the core; its watch is
                // replaced or given up with the unit's next change.
                if (unit.PrepareToken == effect.Token)
                    Replace(unit.Id, own.Require(), seen);
                else
                    prepare.Drop(own.Require());
                queue.Post(new EngineEvent.PathsSeen(
                    effect.Token, unit.Id, effect.Look, seen.Stamps, null));
                return;
            }

            string error = reply.Error.Length > 0 ? reply.Error : "no watch came with the answer";
            queue.Post(new EngineEvent.PathsSeen(effect.Token, unit.Id, effect.Look, [], error));
        });
    }

    public void Unwatch(UnitId unit)
    {
        if (!_watches.Remove(unit.Value, out Watched? watched))
            return;
        loop.Remove(watched.Descriptor.Number);
        prepare.Drop(watched.Descriptor);
    }

    /// <summary>A watch is readable: one event is made of it, the most telling.</summary>
    public void OnReady(UnitId unit)
    {
        if (_watches.TryGetValue(unit.Value, out Watched? watched))
            Tell(unit, watched);
    }

    private void Replace(UnitId unit, FileDescriptor descriptor, PrepareAnswer.Watching seen)
    {
        if (_watches.TryGetValue(unit.Value, out Watched? old))
            Tell(unit, old);
        Unwatch(unit);
        _watches[unit.Value] = new Watched(descriptor, seen.Entries);
        loop.Add(
            descriptor.Number, LoopEvents.Readable,
            new EventKey(EventKinds.PathWatch, (uint)unit.Value));
    }

    private void Tell(UnitId unit, Watched watched)
    {
        int? told = null;
        foreach (PathNews news in PathInotify.Read(watched.Descriptor, _buffer))
        {
            if ((news.Mask & PathInotify.Lost) != 0)
                told ??= -1;
            foreach (WatchEntry entry in watched.Entries)
            {
                bool matters = entry.Watch == news.Watch && (entry.Mask & news.Mask) != 0
                    && (entry.Name is null
                        || string.Equals(entry.Name, news.Name, StringComparison.Ordinal));
                if (matters)
                    told = Math.Max(told ?? -1, entry.Path);
            }
        }

        if (told is { } watch)
            queue.Post(new EngineEvent.PathStirred(unit, watch));
    }

    private sealed record Watched(FileDescriptor Descriptor, IReadOnlyList<WatchEntry> Entries);
}
