using System.Buffers;
using InitTx.Exec.Automounts;
using InitTx.Exec.Conditions;
using InitTx.Exec.Generators;
using InitTx.Exec.Paths;
using InitTx.Exec.Timers;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Identity;
using InitTx.Linux.Prepare;
using InitTx.Units.Loading;

namespace InitTx.Exec.Serve;

/// <summary>From a question to its answer; one room for each kind.</summary>
internal sealed class Answerer
{
    /// <summary>
    /// How long a file must have been left alone before its times tell a later change: more than
    /// a tick of the kernel's clock, on network file systems a second.
    /// </summary>
    private const long SettledNs = 2_000_000_000;

    private readonly SystemFiles _system = new("");

    // A convenience between two reloads: a helper that is new reads everything.
    private readonly FileMemory _files = new(StampOf);

    /// <param name="attached">Descriptors to send along, owned by the caller.</param>
    public PrepareAnswer Answer(PrepareQuestion question, List<FileDescriptor> attached)
    {
        return question switch
        {
            PrepareQuestion.Prepare q => new Preparation(q, _system).Run(),
            PrepareQuestion.ReadPidFile q => PidFileReader.Read(q),
            PrepareQuestion.CleanUp q => CleanUpRun.Run(q),
            PrepareQuestion.ReadUnits q => ReadUnits(q, attached),
            PrepareQuestion.SocketOwner q => SocketOwner(q),
            PrepareQuestion.RunGenerators q => GeneratorRun.Run(q, _system),
            PrepareQuestion.ReadTimer q => TimerReader.Read(q),
            PrepareQuestion.WriteStamp q => StampFile.Answer(q),
            PrepareQuestion.WatchPaths q => PathLooker.Look(q, attached),
            PrepareQuestion.MakeAutomount q => AutomountPlace.Make(q, attached),
            PrepareQuestion.UnmakeAutomount q => AutomountPlace.Unmake(q),
            _ => throw new ArgumentException("unknown question", nameof(question)),
        };
    }

    private static FileStamp? StampOf(string path)
    {
        if (PathFacts.Status(path, out FileStatus s).IsError)
            return null;
        long nowNs = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        return nowNs - s.ChangedNs < SettledNs
            ? null
            : new FileStamp(s.Device, s.Inode, s.Size, s.ModifiedNs, s.ChangedNs);
    }

    private PrepareAnswer.Units ReadUnits(
        PrepareQuestion.ReadUnits question, List<FileDescriptor> attached)
    {
        UnitFileTree tree = DirectoryUnitSource.Read(
            question.UnitPath, LoadLimits.Default, memory: _files);
        var bytes = new ArrayBufferWriter<byte>(256 * 1024);
        tree.Serialize(bytes);
        SysResult<FileDescriptor> made = MemFd.CreateSealed("unit-files", bytes.WrittenSpan);
        if (made.IsError)
            return new PrepareAnswer.Units(question.Token, made.Message);
        attached.Add(made.Require());
        return new PrepareAnswer.Units(question.Token, null);
    }

    private static PrepareAnswer.SocketOwner SocketOwner(PrepareQuestion.SocketOwner question)
    {
        uint uid = uint.MaxValue;
        uint gid = uint.MaxValue;
        if (question.User is not null)
        {
            SysResult<UserRecord> user = NameService.User(question.User);
            if (user.IsError)
                return Failed($"SocketUser={question.User}: {IdentityText.Of(user.Error)}");
            uid = user.Require().Uid;
            gid = user.Require().Gid;
        }

        if (question.Group is not null)
        {
            SysResult group = NameService.Group(question.Group);
            if (group.IsError)
                return Failed($"SocketGroup={question.Group}: {IdentityText.Of(group.Error)}");
            gid = (uint)group.Raw;
        }

        return new PrepareAnswer.SocketOwner(question.Token, null, uid, gid);

        PrepareAnswer.SocketOwner Failed(string why) =>
            new(question.Token, why, uint.MaxValue, uint.MaxValue);
    }
}
