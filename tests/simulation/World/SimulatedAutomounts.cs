using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// autofs in the kernel: who looks at a place is held until the manager answers. Places and who is
/// held outlive the manager; what it had read and not answered the next image asks again.
/// </summary>
internal sealed class SimulatedAutomounts(SimulatedWorld world)
{
    private const long ExpireUs = 10_000;

    private readonly Dictionary<UnitName, Place> _places = [];
    private readonly List<UnitName> _order = [];

    /// <summary>Whom the kernel holds, since when and for what.</summary>
    public IEnumerable<(UnitName Unit, AutomountRequest Request, long SinceUs)> Held()
    {
        foreach (UnitName unit in _order)
        {
            if (_places[unit].Pending is { } request)
                yield return (unit, request, _places[unit].SinceUs);
        }
    }

    /// <summary>Units whose pipe the shell has.</summary>
    public List<UnitName> Open() => _order.FindAll(unit => _places[unit].IsOpen);

    /// <summary>The MakeAutomount effect.</summary>
    public void Make(PrepareToken token, UnitName unit) =>
        Ask(unit, 23, place => new MadeInput(token, unit, place));

    /// <summary>The UnmakeAutomount effect: the pipe is closed first, which releases all.</summary>
    public void Unmake(PrepareToken token, UnitName unit)
    {
        Place place = PlaceOf(unit);
        (place.IsOpen, place.Pending) = (false, null);
        Ask(unit, 25, p => new GoneInput(token, unit, p));
    }

    /// <summary>The AnswerAutomount effect.</summary>
    public void Answer(UnitName unit, AutomountRequest request)
    {
        Place place = PlaceOf(unit);
        if (place.Pending == request)
            place.Pending = null;
    }

    /// <summary>The ExpireAutomount effect: now and then nobody has used the mount.</summary>
    public void Expire(UnitName unit) => world.Later(ExpireUs, unit, 28, () =>
    {
        if (world.Tie(unit, 29) % 2 == 0 && world.Mounts.Has(unit.WithKind(UnitKind.Mount)))
            Hold(unit, AutomountRequest.Expire);
    });

    /// <summary>Somebody looks at one of the places.</summary>
    public void Look(int amount)
    {
        List<UnitName> open = Open();
        if (open.Count == 0)
            return;
        UnitName unit = open[amount % open.Count];
        if (!world.Mounts.Has(unit.WithKind(UnitKind.Mount)))
            Hold(unit, AutomountRequest.Mount);
    }

    /// <summary>The manager is gone: answers of the helper go with it.</summary>
    public void Restart()
    {
        foreach (Place place in _places.Values)
            (place.LostPlace, place.Unread) = (place.Unread, null);
    }

    /// <summary>What was read and not answered, told anew.</summary>
    public IEnumerable<EngineEvent> AskedAgain(Engine engine)
    {
        foreach (UnitName unit in _order)
        {
            if (_places[unit] is { Pending: { } request, IsRead: true }
                && engine.Find(unit) is { } known)
                yield return EventOf(request, known.Id);
        }
    }

    /// <summary>Recovery is over: what was not asked again is asked no more.</summary>
    public void DropForgotten()
    {
        foreach (Place place in _places.Values)
            place.LostPlace = null;
    }

    // A question that was lost with the old manager keeps its place among what is to come; another
    // in a recovery is of a start or stop that goes on there.
    private void Ask(UnitName unit, int what, Func<Place, Input> answer)
    {
        Place place = PlaceOf(unit);
        ulong tie = place.LostPlace ?? world.Tie(unit, what);
        (place.LostPlace, place.Unread) = (null, tie);
        world.Ready.Post(answer(place), tie);
    }

    private void Hold(UnitName unit, AutomountRequest request)
    {
        Place place = PlaceOf(unit);
        if (!place.IsOpen || place.Pending is not null)
            return;
        (place.Pending, place.IsRead) = (request, false);
        place.SinceUs = world.Clock.ActiveUs;
        world.Ready.Post(new HeldInput(unit, place), world.Tie(unit, 27));
    }

    private static EngineEvent EventOf(AutomountRequest request, UnitId unit) =>
        request == AutomountRequest.Mount
            ? new EngineEvent.AutomountWanted(unit, 50_000, "sim")
            : new EngineEvent.AutomountUnused(unit);

    private Place PlaceOf(UnitName unit)
    {
        if (!_places.TryGetValue(unit, out Place? place))
        {
            _places.Add(unit, place = new Place());
            _order.Add(unit);
        }

        return place;
    }

    private sealed class Place
    {
        /// <summary>The shell has its pipe.</summary>
        public bool IsOpen { get; set; }

        public AutomountRequest? Pending { get; set; }

        /// <summary>The manager has read what is pending.</summary>
        public bool IsRead { get; set; }

        public long SinceUs { get; set; }
        public ulong? Unread { get; set; }
        public ulong? LostPlace { get; set; }
    }

    private sealed class MadeInput(PrepareToken token, UnitName unit, Place place) : Input
    {
        public override bool IsAskedAgain => true;

        public override EngineEvent? Read(Engine engine)
        {
            place.Unread = null;
            if (engine.Find(unit) is not { } known)
                return null;
            bool isWanted = known.PrepareToken == token;
            place.IsOpen |= isWanted;
            return new EngineEvent.AutomountMade(
                token, known.Id, isWanted ? null : "nobody waits for it any more");
        }
    }

    private sealed class GoneInput(PrepareToken token, UnitName unit, Place place) : Input
    {
        public override bool IsAskedAgain => true;

        public override EngineEvent? Read(Engine engine)
        {
            place.Unread = null;
            return engine.Find(unit) is { } known
                ? new EngineEvent.AutomountGone(token, known.Id, null)
                : null;
        }
    }

    // Waits in the pipe, which every image has.
    private sealed class HeldInput(UnitName unit, Place place) : Input
    {
        public override bool InKernel => true;

        public override EngineEvent? Read(Engine engine)
        {
            if (place.Pending is not { } request || engine.Find(unit) is not { } known)
                return null;
            place.IsRead = true;
            return EventOf(request, known.Id);
        }
    }
}
