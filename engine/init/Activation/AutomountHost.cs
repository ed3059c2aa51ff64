using InitTx.Core;
using InitTx.Init.Prepare;
using InitTx.Init.Processes;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Mounts;
using InitTx.Linux.Prepare;
using InitTx.Linux.Processes;
using InitTx.Units.Model;

namespace InitTx.Init.Activation;

/// <summary>
/// The pipes by which autofs tells who looks at an automount's place, and the descriptors by which
/// it is answered. Both outlive the manager's image, registered in the black box. What the kernel
/// asked and nobody has answered is the tag of the control descriptor; so it is asked again after a
/// crash. The place itself is the prepare helper's to touch. Main thread only.
/// </summary>
internal sealed class AutomountHost(
    Engine engine,
    EventLoop loop,
    EventQueue queue,
    PrepareClient prepare,
    InternalProcesses processes,
    ProcFs proc,
    ManagerPaths paths,
    ManagerConsole console)
{
    private const long TimeoutUs = 20_000_000;
    private const string Control = "control";
    private const string Requests = "requests";

    // Of the tag: a request to expire, and one that was being read when the manager crashed.
    private const ulong ExpireBit = 1ul << 32;
    private const ulong ReadingBit = 1ul << 33;

    private readonly Dictionary<int, Place> _places = [];
    private readonly byte[] _packet = new byte[Autofs.RequestBytes];

    /// <summary>The MakeAutomount effect.</summary>
    public void Make(Effect.MakeAutomount effect, UnitRuntime unit)
    {
        if (unit.Definition.Automount is not { } settings)
            return;
        if (_places.ContainsKey(unit.Id.Value))
        {
            queue.Post(new EngineEvent.AutomountMade(effect.Token, unit.Id, null));
            return;
        }

        long idle = settings.TimeoutIdleUs >= ServiceSettings.Infinity ? 0 : settings.TimeoutIdleUs;
        var question = new PrepareQuestion.MakeAutomount(
            0, unit.Name, settings.Where, settings.DirectoryMode, settings.ExtraOptions, idle);
        prepare.Ask(question, TimeoutUs, reply =>
        {
            string? error = reply.Answer is PrepareAnswer.AutomountMade { Error: null }
                ? unit.PrepareToken == effect.Token
                    ? Take(unit, settings.Where, reply)
                    : "nobody waits for it any more"
                : reply.Error;
            string? note = (reply.Answer as PrepareAnswer.AutomountMade)?.Note;
            queue.Post(new EngineEvent.AutomountMade(effect.Token, unit.Id, error, note));
        });
    }

    /// <summary>The UnmakeAutomount effect: no pipe any more, nobody is held any more.</summary>
    public void Unmake(Effect.UnmakeAutomount effect, UnitRuntime unit)
    {
        if (_places.Remove(unit.Id.Value, out Place? place))
            Release(place);
        string? where = place?.Where ?? unit.Definition.Automount?.Where;
        if (where is null)
        {
            queue.Post(new EngineEvent.AutomountGone(effect.Token, unit.Id, null));
            return;
        }

        var question = new PrepareQuestion.UnmakeAutomount(0, unit.Name, where);
        prepare.Ask(question, TimeoutUs, reply => queue.Post(new EngineEvent.AutomountGone(
            effect.Token, unit.Id, reply.Error.Length > 0 ? reply.Error : null)));
    }

    /// <summary>The AnswerAutomount effect.</summary>
    public void Answer(Effect.AnswerAutomount effect)
    {
        if (!_places.TryGetValue(effect.Unit.Value, out Place? place) || place.Asked == 0
            || (place.Asked & ExpireBit) != 0 != (effect.Request == AutomountRequest.Expire))
            return;
        uint token = (uint)place.Asked;
        SysResult told = effect.Answer switch
        {
            AutomountAnswer.Done => Autofs.Ready(place.Control, token),
            AutomountAnswer.NoMount => Autofs.Fail(place.Control, token, Errno.ENODEV),
            AutomountAnswer.Down => Autofs.Fail(place.Control, token, Errno.EHOSTDOWN),
            _ => throw Invariant.Unreachable("automount answer"),
        };
        Note(effect.Unit, place, 0);
        if (told.IsError)
            console.Line($"{place.Where}: autofs is not answered: {told.Error.Describe()}");
    }

    /// <summary>The ExpireAutomount effect; one process at a time.</summary>
    public void Expire(Effect.ExpireAutomount effect)
    {
        if (!_places.TryGetValue(effect.Unit.Value, out Place? place) || place.IsExpiring)
            return;
        if (Files.Status(place.Control.Number, out FileStatus status).IsError)
            return;
        string device = ((uint)status.Device).ToString(
            System.Globalization.CultureInfo.InvariantCulture);
        int pid = processes.Start(
            [paths.ExecHelper, "--expire-automount", device, place.Where], null,
            (_, _) => place.IsExpiring = false, out string error, inGroup: true);
        place.IsExpiring = pid != 0;
        if (pid == 0)
            console.Line($"{place.Where}: {error}");
    }

    /// <summary>A pipe is readable.</summary>
    public void OnReady(UnitId unit)
    {
        if (!_places.TryGetValue(unit.Value, out Place? place))
            return;

        // The kernel gives one request at a time: the next comes when this one is answered.
        Note(unit, place, place.Asked | ReadingBit);
        SysResult read = place.Requests.Read(_packet);
        if (read.IsOk && Autofs.Parse(_packet.AsSpan(0, read.Value)) is { } request)
        {
            Note(unit, place, request.Token | (request.Expires ? ExpireBit : 0));
            Post(unit, place, request.Pid);
            return;
        }

        Note(unit, place, place.Asked & ~ReadingBit);
        if (read.Error is Errno.EAGAIN or Errno.EINTR)
            return;

        // Unmounted by somebody: the kernel has closed its end.
        loop.Remove(place.Requests.Number);
        queue.Post(new EngineEvent.AutomountLost(unit));
    }

    /// <summary>
    /// Takes over what the image before this one held; the units that are complete. Their requests
    /// come as events behind it.
    /// </summary>
    public List<UnitName> TakeOver(IReadOnlyList<HeldDescriptor> held, List<EngineEvent> asked)
    {
        var complete = new List<UnitName>();
        foreach (UnitRuntime unit in engine.Units)
        {
            if (unit.Name.Kind != UnitKind.Automount)
                continue;
            HeldDescriptor? control = Find(held, unit, Control);
            HeldDescriptor? requests = Find(held, unit, Requests);
            if (control is null || requests is null || (control.Tag & ReadingBit) != 0
                || unit.Definition.Automount is not { } settings)
            {
                Close(control);
                Close(requests);
                continue;
            }

            var place = new Place(
                settings.Where, new FileDescriptor(control.Fd), new FileDescriptor(requests.Fd))
            {
                Asked = control.Tag,
            };
            Watch(unit.Id, place);
            complete.Add(unit.Name);
            if (place.Asked != 0)
                asked.Add(EventOf(unit.Id, place, 0));
        }

        return complete;
    }

    private string? Take(UnitRuntime unit, string where, PrepareReply reply)
    {
        if (reply.Descriptor?.Duplicate() is not { IsError: false } control)
            return "no control descriptor came with the answer";
        if (reply.Second?.Duplicate() is not { IsError: false } requests)
        {
            control.Require().Dispose();
            return "no pipe came with the answer";
        }

        var place = new Place(where, control.Require(), requests.Require());
        Note(unit.Id, place, 0);
        DescriptorRegistry.Register(
            place.Requests.Number, DescriptorKind.Automount, unit.Name.Value, Requests);
        Watch(unit.Id, place);
        return null;
    }

    private void Watch(UnitId unit, Place place)
    {
        _places[unit.Value] = place;
        loop.Add(
            place.Requests.Number, LoopEvents.Readable,
            new EventKey(EventKinds.Automount, (uint)unit.Value));
    }

    private void Note(UnitId unit, Place place, ulong asked)
    {
        place.Asked = asked;
        DescriptorRegistry.Register(
            place.Control.Number, DescriptorKind.Automount, engine.Unit(unit).Name.Value, Control,
            asked);
    }

    private void Post(UnitId unit, Place place, int pid) => queue.Post(EventOf(unit, place, pid));

    private EngineEvent EventOf(UnitId unit, Place place, int pid)
    {
        if ((place.Asked & ExpireBit) != 0)
            return new EngineEvent.AutomountUnused(unit);

        // Where our process group is another namespace's, its numbers are as well.
        bool known = pid > 0 && ProcessIds.Group > 0;
        return new EngineEvent.AutomountWanted(unit, known ? pid : 0, known ? NameOf(pid) : "");
    }

    private string NameOf(int pid)
    {
        Span<byte> name = stackalloc byte[64];
        SysResult read = proc.Read(pid, "comm"u8, name);
        return read.IsOk
            ? System.Text.Encoding.UTF8.GetString(name[..read.Value]).TrimEnd('\n')
            : "";
    }

    private void Release(Place place)
    {
        loop.Remove(place.Requests.Number);
        foreach (FileDescriptor descriptor in (FileDescriptor[])[place.Requests, place.Control])
        {
            DescriptorRegistry.Unregister(descriptor.Number);
            descriptor.Dispose();
        }
    }

    private static HeldDescriptor? Find(
        IReadOnlyList<HeldDescriptor> held, UnitRuntime unit, string name)
    {
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind == DescriptorKind.Automount && entry.Name == name
                && string.Equals(entry.Unit, unit.Name.Value, StringComparison.Ordinal))
                return entry;
        }

        return null;
    }

    private static void Close(HeldDescriptor? entry)
    {
        if (entry is null)
            return;
        DescriptorRegistry.Unregister(entry.Fd);
        new FileDescriptor(entry.Fd).Dispose();
    }

    private sealed class Place(string where, FileDescriptor control, FileDescriptor requests)
    {
        public string Where { get; } = where;
        public FileDescriptor Control { get; } = control;
        public FileDescriptor Requests { get; } = requests;

        /// <summary>The token of what the kernel waits for, with its bits; 0 for nothing.</summary>
        public ulong Asked { get; set; }

        public bool IsExpiring { get; set; }
    }
}
