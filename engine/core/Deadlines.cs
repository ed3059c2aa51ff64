using InitTx.Core.Job;
using InitTx.Core.Transaction;

namespace InitTx.Core;

/// <summary>
/// What a deadline belongs to; the order decides between deadlines of the same instant.
/// </summary>
internal enum DeadlineKind : byte
{
    UnitState,
    Watchdog,
    Job,
    Transaction,
    Manager,
}

/// <summary>
/// One deadline, allocated with its owner and armed again and again. Owned by
/// <see cref="Deadlines"/>: nobody else writes <see cref="DueUs"/>.
/// </summary>
internal sealed class Deadline(DeadlineKind kind, object? owner)
{
    /// <summary>Not armed.</summary>
    public const long Never = long.MaxValue;

    public DeadlineKind Kind { get; } = kind;

    /// <summary>The unit, job or transaction; null for the manager's own.</summary>
    public object? Owner { get; } = owner;

    /// <summary>Monotonic microseconds.</summary>
    public long DueUs { get; internal set; } = Never;

    /// <summary>Place in the heap, -1 when not armed.</summary>
    internal int Place { get; set; } = -1;
}

/// <summary>
/// All deadlines of the engine, earliest first: an indexed binary heap. Arming, moving and
/// disarming cost O(log n) and allocate nothing once the heap has its size. Deadlines of one
/// instant come in the order of kind, then unit name or number, so that the order does not depend
/// on history.
/// </summary>
internal sealed class Deadlines
{
    private Deadline[] _heap = new Deadline[64];
    private int _count;

    public int Count => _count;

    /// <summary>The earliest instant, <see cref="Deadline.Never"/> when nothing is armed.</summary>
    public long NextUs => _count == 0 ? Deadline.Never : _heap[0].DueUs;

    /// <summary>Arms, moves or (with <see cref="Deadline.Never"/>) disarms.</summary>
    public void Set(Deadline deadline, long dueUs)
    {
        if (dueUs == Deadline.Never)
        {
            Disarm(deadline);
            return;
        }

        deadline.DueUs = dueUs;
        if (deadline.Place < 0)
        {
            if (_count == _heap.Length)
                Array.Resize(ref _heap, _heap.Length * 2);
            deadline.Place = _count;
            _heap[_count++] = deadline;
        }

        SiftDown(SiftUp(deadline.Place));
    }

    /// <summary>All deadlines come later by the same span; their order stays.</summary>
    public void Move(long us)
    {
        for (int i = 0; i < _count; i++)
        {
            long due = _heap[i].DueUs;
            _heap[i].DueUs = due >= Deadline.Never - us ? Deadline.Never - 1 : due + us;
        }
    }

    public void Disarm(Deadline deadline)
    {
        int place = deadline.Place;
        deadline.DueUs = Deadline.Never;
        if (place < 0)
            return;
        deadline.Place = -1;
        Deadline last = _heap[--_count];
        _heap[_count] = null!;
        if (place == _count)
            return;
        _heap[place] = last;
        last.Place = place;
        SiftDown(SiftUp(place));
    }

    /// <summary>Takes the earliest deadline that is due, disarmed; null when none is.</summary>
    public Deadline? TakeDue(long nowUs)
    {
        if (_count == 0 || _heap[0].DueUs > nowUs)
            return null;
        Deadline first = _heap[0];
        Disarm(first);
        return first;
    }

    private int SiftUp(int place)
    {
        Deadline moving = _heap[place];
        while (place > 0 && Before(moving, _heap[(place - 1) / 2]))
        {
            Put(place, _heap[(place - 1) / 2]);
            place = (place - 1) / 2;
        }

        Put(place, moving);
        return place;
    }

    private void SiftDown(int place)
    {
        Deadline moving = _heap[place];
        while (true)
        {
            int child = (2 * place) + 1;
            if (child >= _count)
                break;
            if (child + 1 < _count && Before(_heap[child + 1], _heap[child]))
                child++;
            if (!Before(_heap[child], moving))
                break;
            Put(place, _heap[child]);
            place = child;
        }

        Put(place, moving);
    }

    private void Put(int place, Deadline deadline)
    {
        _heap[place] = deadline;
        deadline.Place = place;
    }

    private static bool Before(Deadline a, Deadline b)
    {
        if (a.DueUs != b.DueUs)
            return a.DueUs < b.DueUs;
        if (a.Kind != b.Kind)
            return a.Kind < b.Kind;
        return (a.Owner, b.Owner) switch
        {
            (UnitRuntime x, UnitRuntime y) => x.Name.CompareTo(y.Name) < 0,
            (UnitJob x, UnitJob y) => x.Id.Value < y.Id.Value,
            (TransactionRuntime x, TransactionRuntime y) => x.Id.Value < y.Id.Value,
            _ => false,
        };
    }
}
