using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Linux.Prepare;

/// <summary>
/// The wire form of <see cref="PrepareQuestion"/> and <see cref="PrepareAnswer"/>: one message a
/// SOCK_SEQPACKET datagram, little-endian, magic and version first. Both sides treat the other as
/// hostile: encoding refuses what is too large, decoding is total and answers null for anything
/// that is not exactly a message. Not thread-safe.
/// </summary>
public sealed partial class PrepareCodec
{
    /// <summary>The longest message in bytes; below the default SO_SNDBUF.</summary>
    public const int MaxMessage = 160 * 1024;

    /// <summary>The most elements of any list.</summary>
    public const int MaxCount = 16_384;

    private const uint Magic = 0x31505849; // "IXP1"
    private const ushort AnswerBit = 0x8000;

    private readonly WireWriter _writer = new();

    /// <summary>
    /// The question's bytes, valid until the next call; empty when it is too large.
    /// </summary>
    public ReadOnlySpan<byte> Encode(PrepareQuestion question)
    {
        WireWriter w = Begin((ushort)TypeOf(question), question.Token);
        w.Text(question.Unit.IsNone ? null : question.Unit.Value);
        switch (question)
        {
            case PrepareQuestion.Prepare q:
                WritePrepare(w, q);
                break;
            case PrepareQuestion.ReadPidFile q:
                w.Text(q.Path);
                w.Text(q.Cgroup);
                break;
            case PrepareQuestion.CleanUp q:
                w.Text(q.RuntimeBase);
                w.Texts(q.Directories);
                w.Texts(q.Files);
                w.Text(q.PrivateState);
                w.Text(q.IpcUser);
                w.Text(q.DynamicUsers);
                w.Text(q.LoginRecord);
                break;
            case PrepareQuestion.ReadUnits q:
                w.Texts(q.UnitPath);
                break;
            case PrepareQuestion.SocketOwner q:
                w.Text(q.User);
                w.Text(q.Group);
                break;
            case PrepareQuestion.RunGenerators q:
                w.Texts(q.Generators);
                w.Texts(q.Outputs);
                w.UInt64((ulong)q.TimeoutUs);
                break;
            case PrepareQuestion.ReadTimer q:
                w.Text(q.Stamp);
                w.Texts(q.Zones);
                break;
            case PrepareQuestion.WriteStamp q:
                w.Text(q.Path);
                w.UInt64((ulong)q.RealtimeUs);
                break;
            case PrepareQuestion.WatchPaths q:
                WriteWatch(w, q);
                break;
            case PrepareQuestion.MakeAutomount q:
                w.Text(q.Where);
                w.Int32(q.Mode);
                w.Text(q.ExtraOptions);
                w.UInt64((ulong)q.TimeoutIdleUs);
                break;
            case PrepareQuestion.UnmakeAutomount q:
                w.Text(q.Where);
                break;
        }

        return w.Overflowed ? default : w.Written;
    }

    /// <summary>
    /// The answer's bytes, valid until the next call; empty when it is too large.
    /// </summary>
    public ReadOnlySpan<byte> Encode(PrepareAnswer answer)
    {
        WireWriter w = Begin((ushort)((ushort)TypeOf(answer) | AnswerBit), answer.Token);
        w.Text(answer.Error);
        switch (answer)
        {
            case PrepareAnswer.Prepared a:
                WritePrepared(w, a);
                break;
            case PrepareAnswer.PidFile a:
                w.Int32(a.Pid);
                w.UInt64(a.StartTicks);
                break;
            case PrepareAnswer.CleanedUp or PrepareAnswer.Units or PrepareAnswer.Stamped
                or PrepareAnswer.AutomountGone:
                break;
            case PrepareAnswer.AutomountMade a:
                w.Text(a.Note);
                break;
            case PrepareAnswer.Watching a:
                WriteWatching(w, a);
                break;
            case PrepareAnswer.Timer a:
                WriteTimer(w, a);
                break;
            case PrepareAnswer.SocketOwner a:
                w.UInt32(a.Uid);
                w.UInt32(a.Gid);
                break;
            case PrepareAnswer.GeneratorsRan a:
                w.Int32(a.Count);
                break;
        }

        return w.Overflowed ? default : w.Written;
    }

    /// <summary>Null for anything but one whole, well-formed question.</summary>
    public static PrepareQuestion? DecodeQuestion(ReadOnlySpan<byte> bytes)
    {
        var r = new WireReader(bytes);
        if (r.UInt32() != Magic)
            return null;
        var type = (PrepareMessageType)r.UInt16();
        ulong token = r.UInt64();
        UnitName unit = default;
        if (r.Text() is { } name && !UnitName.TryParse(name, out unit))
            return null;
        PrepareQuestion? question = type switch
        {
            PrepareMessageType.Prepare => ReadPrepare(ref r, token, unit),
            PrepareMessageType.ReadPidFile =>
                new PrepareQuestion.ReadPidFile(token, unit, r.Required(), r.Required()),
            PrepareMessageType.CleanUp =>
                new PrepareQuestion.CleanUp(token, unit, r.Required(), r.Texts(), r.Texts())
                {
                    PrivateState = r.Text(),
                    IpcUser = r.Text(),
                    DynamicUsers = r.Text(),
                    LoginRecord = r.Text(),
                },
            PrepareMessageType.ReadUnits => new PrepareQuestion.ReadUnits(token, r.Texts()),
            PrepareMessageType.SocketOwner =>
                new PrepareQuestion.SocketOwner(token, unit, r.Text(), r.Text()),
            PrepareMessageType.RunGenerators => new PrepareQuestion.RunGenerators(
                token, r.Texts(), r.Texts(), (long)(r.UInt64() & long.MaxValue)),
            PrepareMessageType.ReadTimer =>
                new PrepareQuestion.ReadTimer(token, unit, r.Text(), r.Texts()),
            PrepareMessageType.WatchPaths => ReadWatch(ref r, token, unit),
            PrepareMessageType.Drop => new PrepareQuestion.Drop(token),
            PrepareMessageType.MakeAutomount => new PrepareQuestion.MakeAutomount(
                token, unit, r.Required(), r.Int32(), r.Text(),
                (long)(r.UInt64() & long.MaxValue)),
            PrepareMessageType.UnmakeAutomount =>
                new PrepareQuestion.UnmakeAutomount(token, unit, r.Required()),
            PrepareMessageType.WriteStamp => new PrepareQuestion.WriteStamp(
                token, unit, r.Required(), (long)(r.UInt64() & long.MaxValue)),
            _ => null,
        };
        return r.AtEnd ? question : null;
    }

    /// <summary>Null for anything but one whole, well-formed answer.</summary>
    public static PrepareAnswer? DecodeAnswer(ReadOnlySpan<byte> bytes)
    {
        var r = new WireReader(bytes);
        if (r.UInt32() != Magic)
            return null;
        int type = r.UInt16();
        if ((type & AnswerBit) == 0)
            return null;
        ulong token = r.UInt64();
        string? error = r.Text();
        PrepareAnswer? answer = (PrepareMessageType)(type & ~AnswerBit) switch
        {
            PrepareMessageType.Prepare => ReadPrepared(ref r, token),
            PrepareMessageType.ReadPidFile =>
                new PrepareAnswer.PidFile(token, error, r.Int32(), r.UInt64()),
            PrepareMessageType.CleanUp => new PrepareAnswer.CleanedUp(token, error),
            PrepareMessageType.ReadUnits => new PrepareAnswer.Units(token, error),
            PrepareMessageType.SocketOwner =>
                new PrepareAnswer.SocketOwner(token, error, r.UInt32(), r.UInt32()),
            PrepareMessageType.RunGenerators =>
                new PrepareAnswer.GeneratorsRan(token, error, r.Int32()),
            PrepareMessageType.ReadTimer => ReadTimer(ref r, token, error),
            PrepareMessageType.WatchPaths => ReadWatching(ref r, token, error),
            PrepareMessageType.WriteStamp => new PrepareAnswer.Stamped(token, error),
            PrepareMessageType.MakeAutomount =>
                new PrepareAnswer.AutomountMade(token, error) { Note = r.Text() },
            PrepareMessageType.UnmakeAutomount => new PrepareAnswer.AutomountGone(token, error),
            _ => null,
        };
        return r.AtEnd ? answer : null;
    }

    private static PrepareMessageType TypeOf(PrepareQuestion question) => question switch
    {
        PrepareQuestion.Prepare => PrepareMessageType.Prepare,
        PrepareQuestion.ReadPidFile => PrepareMessageType.ReadPidFile,
        PrepareQuestion.CleanUp => PrepareMessageType.CleanUp,
        PrepareQuestion.ReadUnits => PrepareMessageType.ReadUnits,
        PrepareQuestion.SocketOwner => PrepareMessageType.SocketOwner,
        PrepareQuestion.RunGenerators => PrepareMessageType.RunGenerators,
        PrepareQuestion.ReadTimer => PrepareMessageType.ReadTimer,
        PrepareQuestion.WriteStamp => PrepareMessageType.WriteStamp,
        PrepareQuestion.WatchPaths => PrepareMessageType.WatchPaths,
        PrepareQuestion.Drop => PrepareMessageType.Drop,
        PrepareQuestion.MakeAutomount => PrepareMessageType.MakeAutomount,
        PrepareQuestion.UnmakeAutomount => PrepareMessageType.UnmakeAutomount,
        _ => throw new ArgumentException("unknown question", nameof(question)),
    };

    private static PrepareMessageType TypeOf(PrepareAnswer answer) => answer switch
    {
        PrepareAnswer.Prepared => PrepareMessageType.Prepare,
        PrepareAnswer.PidFile => PrepareMessageType.ReadPidFile,
        PrepareAnswer.CleanedUp => PrepareMessageType.CleanUp,
        PrepareAnswer.Units => PrepareMessageType.ReadUnits,
        PrepareAnswer.SocketOwner => PrepareMessageType.SocketOwner,
        PrepareAnswer.GeneratorsRan => PrepareMessageType.RunGenerators,
        PrepareAnswer.Timer => PrepareMessageType.ReadTimer,
        PrepareAnswer.Stamped => PrepareMessageType.WriteStamp,
        PrepareAnswer.Watching => PrepareMessageType.WatchPaths,
        PrepareAnswer.AutomountMade => PrepareMessageType.MakeAutomount,
        PrepareAnswer.AutomountGone => PrepareMessageType.UnmakeAutomount,
        _ => throw new ArgumentException("unknown answer", nameof(answer)),
    };

    private WireWriter Begin(ushort type, ulong token)
    {
        _writer.Reset();
        _writer.UInt32(Magic);
        _writer.UInt16(type);
        _writer.UInt64(token);
        return _writer;
    }

    private static void WritePrepare(WireWriter w, PrepareQuestion.Prepare q)
    {
        w.UInt32((uint)q.Conditions.Count);
        foreach (UnitCondition c in q.Conditions)
        {
            w.Text(c.Type);
            w.Text(c.Argument);
            w.Bool(c.Negated);
            w.Bool(c.Triggering);
            w.Bool(c.IsAssert);
            WriteSource(w, c.Source);
        }

        w.Text(q.User);
        w.Text(q.Group);
        w.Text(q.DynamicUsers);
        w.Texts(q.SupplementaryGroups);
        w.UInt32((uint)q.EnvironmentFiles.Count);
        foreach (EnvironmentFileSetting f in q.EnvironmentFiles)
        {
            w.Text(f.Path);
            w.Bool(f.Optional);
            WriteSource(w, f.Source);
        }

        w.UInt32((uint)q.Directories.Count);
        foreach (ServiceDirectory d in q.Directories)
        {
            w.Text(d.Base);
            w.Text(d.Name);
            w.Text(d.Link);
        }

        w.UInt32((uint)q.Bases.Count);
        foreach (DirectoryBase b in q.Bases)
        {
            w.Text(b.Path);
            w.Int32(b.Mode);
        }
    }

    private static PrepareQuestion.Prepare ReadPrepare(ref WireReader r, ulong token, UnitName unit)
    {
        int count = r.Count(12);
        var conditions = new List<UnitCondition>(count);
        for (int i = 0; i < count && !r.Failed; i++)
        {
            conditions.Add(new UnitCondition(
                r.Required(), r.Required(), r.Bool(), r.Bool(), r.Bool(), ReadSource(ref r)));
        }

        string? user = r.Text();
        string? group = r.Text();
        string? dynamic = r.Text();
        List<string> groups = r.Texts();
        count = r.Count(9);
        var files = new List<EnvironmentFileSetting>(count);
        for (int i = 0; i < count && !r.Failed; i++)
            files.Add(new EnvironmentFileSetting(r.Required(), r.Bool(), ReadSource(ref r)));
        count = r.Count(12);
        var directories = new List<ServiceDirectory>(count);
        for (int i = 0; i < count && !r.Failed; i++)
            directories.Add(new ServiceDirectory(r.Required(), r.Required(), r.Text()));
        count = r.Count(8);
        var bases = new List<DirectoryBase>(count);
        for (int i = 0; i < count && !r.Failed; i++)
            bases.Add(new DirectoryBase(r.Required(), r.Int32()));
        return new PrepareQuestion.Prepare(token, unit)
        {
            Conditions = conditions,
            User = user,
            Group = group,
            DynamicUsers = dynamic,
            SupplementaryGroups = groups,
            EnvironmentFiles = files,
            Directories = directories,
            Bases = bases,
        };
    }

    private static void WritePrepared(WireWriter w, PrepareAnswer.Prepared a)
    {
        w.UInt16((ushort)a.Outcome);
        w.Text(a.Detail);
        w.Bool(a.HasIds);
        w.UInt32(a.Uid);
        w.UInt32(a.Gid);
        w.UInt32((uint)a.Groups.Count);
        foreach (uint group in a.Groups)
            w.UInt32(group);
        w.Text(a.UserName);
        w.Text(a.Home);
        w.Text(a.Shell);
        w.Pairs(a.Environment);
        w.Pairs(a.DirectoryEnvironment);
    }

    private static PrepareAnswer.Prepared? ReadPrepared(ref WireReader r, ulong token)
    {
        ushort outcome = r.UInt16();
        if (outcome > (ushort)PrepareOutcome.Failed)
            return null;
        string detail = r.Required();
        bool hasIds = r.Bool();
        uint uid = r.UInt32();
        uint gid = r.UInt32();
        int count = r.Count(4);
        var groups = new List<uint>(count);
        for (int i = 0; i < count && !r.Failed; i++)
            groups.Add(r.UInt32());
        return new PrepareAnswer.Prepared(token, (PrepareOutcome)outcome, detail)
        {
            HasIds = hasIds,
            Uid = uid,
            Gid = gid,
            Groups = groups,
            UserName = r.Required(),
            Home = r.Required(),
            Shell = r.Required(),
            Environment = r.Pairs(),
            DirectoryEnvironment = r.Pairs(),
        };
    }

    private static void WriteSource(WireWriter w, SourceLocation source)
    {
        w.Text(source.Path);
        w.Int32(source.Line);
        w.Int32(source.Column);
    }

    private static SourceLocation ReadSource(ref WireReader r) =>
        new(r.Required(), r.Int32(), r.Int32());
}
