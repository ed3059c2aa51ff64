using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;
using InitTx.Units.Model;

namespace InitTx.Init.Activation;

/// <summary>What a process of a unit is to share with the others, through initx-exec.</summary>
/// <param name="Stores">Option and pair of each namespace (<see cref="SharedNamespace"/>).</param>
/// <param name="Joins">Units whose /tmp it joins, in that order.</param>
/// <param name="JoinedBy">Units that may still have the /tmp of a run of its before.</param>
internal readonly record struct SharedNamespaces(
    IReadOnlyList<(string Option, int Reading, int Writing)> Stores,
    IReadOnlyList<UnitName> Joins,
    IReadOnlyList<UnitName> JoinedBy)
{
    public static readonly SharedNamespaces None = new([], [], []);
}

/// <summary>
/// What keeps the network (PrivateNetwork=) and the IPC namespace (PrivateIPC=) of a unit's run
/// while none of its processes may be in it: a pair of sockets in which initx-exec leaves it. PID 1
/// only makes the pair, hands both ends to each process of the run and closes them: when the unit
/// is down, or a next run begins. A unit that joins another (JoinsNamespaceOf=) has second
/// descriptors of the same pair, and one that comes back finds its own again where a unit that
/// joined it is still up. They are registered in the black box, so that the next image has them
/// too. Main thread only.
/// </summary>
internal sealed class NamespaceHost(Engine engine)
{
    /// <summary>Pairs that all units have together.</summary>
    public const int PairsMax = 1024;

    // Room for a name in the registry; a longer one only costs its unit finding its own again.
    private const int OriginMax = 255;

    private static readonly (string Directive, string Path, string Option)[] Kinds =
    [
        ("PrivateNetwork", "NetworkNamespacePath", "network-store"),
        ("PrivateIPC", "IPCNamespacePath", "ipc-store"),
    ];

    private readonly Dictionary<(int Unit, string Option), Pair> _pairs = [];

    /// <summary>
    /// What a command of the unit's present run shares; the text is why it cannot be had.
    /// </summary>
    public string? For(UnitRuntime unit, ExecCommand command, out SharedNamespaces shared)
    {
        shared = SharedNamespaces.None;
        if (unit.Definition.Exec is not { Setup.Count: > 0 } exec)
            return null;
        var stores = new List<(string, int, int)>();
        foreach ((string directive, string path, string option) in Kinds)
        {
            if (!Has(exec, directive) || Has(exec, path))
                continue;
            if (PairOf(unit, option, out Pair? pair) is { } lack)
                return $"{directive}=: {lack}";
            stores.Add((option, pair!.Reading.Number, pair.Writing.Number));
        }

        shared = HasOwnTmp(exec) && (command.Flags & ExecCommandFlags.FullyPrivileged) == 0
            ? new SharedNamespaces(
                stores, WithOwnTmp(unit.JoinsNamespacesOf), WithOwnTmp(unit.NamespacesJoinedBy))
            : new SharedNamespaces(stores, [], []);
        return null;
    }

    private static List<UnitName> WithOwnTmp(IReadOnlyList<UnitRuntime> units)
    {
        List<UnitName> names = [];
        foreach (UnitRuntime unit in units)
        {
            if (IsUp(unit) && unit.Definition.Exec is { } exec && HasOwnTmp(exec))
                names.Add(unit.Name);
        }

        return names;
    }

    /// <summary>The unit is down: its namespaces go unless others share them.</summary>
    public void Release(UnitId unit)
    {
        foreach ((_, _, string option) in Kinds)
        {
            if (_pairs.Remove((unit.Value, option), out Pair? pair))
                Close(pair);
        }
    }

    /// <summary>
    /// Takes over what the image before this one held of runs that go on; the rest is closed.
    /// </summary>
    public void TakeOver(IReadOnlyList<HeldDescriptor> held)
    {
        var ends = new Dictionary<(int, string), HeldDescriptor>();
        foreach (HeldDescriptor entry in held)
        {
            if (entry.Kind != DescriptorKind.Namespace)
                continue;
            int end = entry.Name.IndexOfAny(['<', '>']);
            string option = end < 0 ? "" : entry.Name[..end];
            if (end < 0 || !UnitName.TryParse(entry.Unit, out UnitName name)
                || engine.Find(name) is not { } unit || !IsUp(unit)
                || entry.Tag != (ulong)unit.ActivationSeq)
            {
                Close(new FileDescriptor(entry.Fd));
            }
            else if (!ends.Remove((unit.Id.Value, option), out HeldDescriptor? other))
            {
                ends.Add((unit.Id.Value, option), entry);
            }
            else
            {
                (HeldDescriptor reading, HeldDescriptor writing) =
                    entry.Name[end] == '<' ? (entry, other) : (other, entry);
                _pairs[(unit.Id.Value, option)] = new Pair(
                    unit, new FileDescriptor(reading.Fd), new FileDescriptor(writing.Fd),
                    unit.ActivationSeq, entry.Name[(end + 1)..]);
            }
        }

        // One end alone is of no use.
        foreach (HeldDescriptor entry in ends.Values)
            Close(new FileDescriptor(entry.Fd));
    }

    private string? PairOf(UnitRuntime unit, string option, out Pair? pair)
    {
        (int, string) key = (unit.Id.Value, option);
        if (_pairs.TryGetValue(key, out pair) && pair.IsOfThisRun)
            return null;
        if (_pairs.Remove(key, out Pair? old))
            Close(old);
        if (_pairs.Count >= PairsMax)
            return FormattableString.Invariant($"all units have {PairsMax} namespaces already");
        Pair? theirs = Joinable(unit, option);
        string? lack = Take(
            theirs, out FileDescriptor? reading, out FileDescriptor? writing);
        string origin = theirs?.Origin ?? unit.Name.Value;
        if (option.Length + 1 + origin.Length > OriginMax)
            origin = "";
        lack ??= Register(unit, option, origin, reading!, writing!);
        if (lack is not null)
        {
            reading?.Dispose();
            writing?.Dispose();
            return lack;
        }

        _pairs[key] = pair = new Pair(unit, reading!, writing!, unit.ActivationSeq, origin);
        return null;
    }

    // What one that it joins has; else what others still have of that one, or of itself.
    private Pair? Joinable(UnitRuntime unit, string option)
    {
        foreach (UnitRuntime other in unit.JoinsNamespacesOf)
        {
            if (IsUp(other) && _pairs.TryGetValue((other.Id.Value, option), out Pair? theirs)
                && theirs.IsOfThisRun)
                return theirs;
            if (Left(other, option) is { } left)
                return left;
        }

        return Left(unit, option);
    }

    private Pair? Left(UnitRuntime by, string option)
    {
        Pair? found = null;
        foreach (((_, string kind), Pair pair) in _pairs)
        {
            if (kind == option && pair.Origin == by.Name.Value && pair.IsOfThisRun
                && IsUp(pair.Owner)
                && (found is null || pair.Owner.Name.CompareTo(found.Owner.Name) < 0))
                found = pair;
        }

        return found;
    }

    private static string? Take(
        Pair? theirs, out FileDescriptor? reading, out FileDescriptor? writing)
    {
        SysResult<FileDescriptor> first = theirs is null
            ? SharedNamespace.MakeStore(out writing)
            : Second(theirs, out writing);
        reading = first.Value;
        return first.IsError ? first.Message : null;
    }

    private static SysResult<FileDescriptor> Second(Pair theirs, out FileDescriptor? writing)
    {
        SysResult<FileDescriptor> second = theirs.Writing.Duplicate();
        writing = second.Value;
        return second.IsError ? second : theirs.Reading.Duplicate();
    }

    private static string? Register(
        UnitRuntime unit, string option, string origin, FileDescriptor reading,
        FileDescriptor writing)
    {
        int error = DescriptorRegistry.Register(
            reading.Number, DescriptorKind.Namespace, unit.Name.Value, $"{option}<{origin}",
            (ulong)unit.ActivationSeq);
        if (error == 0)
        {
            error = DescriptorRegistry.Register(
                writing.Number, DescriptorKind.Namespace, unit.Name.Value, $"{option}>{origin}",
                (ulong)unit.ActivationSeq);
            if (error != 0)
                DescriptorRegistry.Unregister(reading.Number);
        }

        return error == 0 ? null : ((Errno)(-error)).Describe();
    }

    // Between two runs nothing of a unit is there to be joined.
    private static bool IsUp(UnitRuntime unit) =>
        unit.Sub is not (SubState.Dead or SubState.Failed or SubState.AutoRestart);

    private static bool HasOwnTmp(ExecSettings exec) =>
        Has(exec, "PrivateTmp") || Has(exec, "DynamicUser");

    private static bool Has(ExecSettings exec, string key)
    {
        for (int i = 0; i < exec.Setup.Count; i++)
        {
            if (exec.Setup[i].Key == key)
                return true;
        }

        return false;
    }

    private static void Close(Pair pair)
    {
        Close(pair.Reading);
        Close(pair.Writing);
    }

    private static void Close(FileDescriptor descriptor)
    {
        DescriptorRegistry.Unregister(descriptor.Number);
        descriptor.Dispose();
    }

    /// <param name="Owner">The unit whose run has it.</param>
    /// <param name="Activation">Which run that is.</param>
    /// <param name="Origin">The unit that it was made for.</param>
    private sealed record Pair(
        UnitRuntime Owner, FileDescriptor Reading, FileDescriptor Writing, long Activation,
        string Origin)
    {
        public bool IsOfThisRun => Owner.ActivationSeq == Activation;
    }
}
