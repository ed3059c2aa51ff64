using InitTx.Core;
using InitTx.Exec.Conditions;
using InitTx.Linux;
using InitTx.Linux.Identity;
using InitTx.Linux.Prepare;
using InitTx.Linux.Processes;

namespace InitTx.Exec.Serve;

/// <summary>
/// Everything before a unit's first process: conditions, then asserts, identity, environment files,
/// directories, in this order. A condition that fails ends it before anything is made.
/// </summary>
internal sealed class Preparation(PrepareQuestion.Prepare question, SystemFiles system)
{
    private UserRecord? _user;
    private uint _uid = ProcessIds.EffectiveUid;
    private uint _gid = ProcessIds.EffectiveGid;
    private uint[] _groups = [];

    public PrepareAnswer.Prepared Run()
    {
        ConditionVerdict verdict = new ConditionChecker(system).Check(question.Conditions);
        if (verdict.Outcome != PrepareOutcome.Ready)
            return new PrepareAnswer.Prepared(question.Token, verdict.Outcome, verdict.Detail);
        string? wrong = FindIdentity();
        UserRecord? told = _user?.WithoutPlaceholders();
        if (wrong is not null)
            return Failed(wrong);
        EnvironmentFileReading files = EnvironmentFiles.Read(question.EnvironmentFiles);
        if (files.Error is not null)
            return Failed(files.Error);
        ServiceDirectoriesMade made = ServiceDirectories.Make(
            question.Directories, question.Bases, _uid, _gid,
            apart: question.DynamicUsers is not null);
        if (made.Error is not null)
            return Failed(made.Error);
        return new PrepareAnswer.Prepared(
            question.Token,
            PrepareOutcome.Ready,
            string.Join("; ", [.. files.Notes, .. made.Notes]))
        {
            HasIds = HasIds && !IsOwnAlready,
            Uid = _uid,
            Gid = _gid,
            Groups = _groups,
            UserName = _user?.Name ?? "",
            Home = told?.Home ?? "",
            Shell = told?.Shell ?? "",
            Environment = files.Variables,
            DirectoryEnvironment = made.Environment,
        };
    }

    private bool HasIds => question.User is not null || question.DynamicUsers is not null
        || question.Group is not null || question.SupplementaryGroups.Count > 0;

    // A user's manager cannot set groups, and need not to be who it is.
    private bool IsOwnAlready => ProcessIds.EffectiveUid != 0
        && question.SupplementaryGroups.Count == 0
        && _uid == ProcessIds.EffectiveUid && _gid == ProcessIds.EffectiveGid;

    private PrepareAnswer.Prepared Failed(string why) =>
        new(question.Token, PrepareOutcome.Failed, why);

    // systemd.exec(5), "User=", "Group=", "SupplementaryGroups=": without Group= the user's own
    // group; the user's groups from the database; the supplementary ones beside them.
    private string? FindIdentity()
    {
        if (question.DynamicUsers is { } users)
        {
            string? wrong = DynamicUsers.Find(users, UserOf(question), out UserRecord? record);
            if (wrong is not null)
                return $"DynamicUser=yes: {wrong}";
            (_user, _uid, _gid) = (record! with { Home = "", Shell = "" }, record.Uid, record.Gid);
        }
        else if (question.User is not null)
        {
            SysResult<UserRecord> user = NameService.User(question.User);
            if (user.IsError)
                return $"User={question.User}: {IdentityText.Of(user.Error)}";
            _user = user.Require();
            _uid = _user.Uid;
            _gid = _user.Gid;
        }

        if (question.Group is not null)
        {
            SysResult group = NameService.Group(question.Group);
            if (group.IsError)
                return $"Group={question.Group}: {IdentityText.Of(group.Error)}";
            _gid = (uint)group.Raw;
        }

        return FindGroups();
    }

    // systemd.exec(5), "DynamicUser=": User= names it, else the unit does.
    private static string UserOf(PrepareQuestion.Prepare question) =>
        question.User ?? DynamicUsers.NameFor(question.Unit.Value);

    private string? FindGroups()
    {
        var groups = new List<uint>();
        if (_user is { Uid: not 0 } && question.DynamicUsers is null)
        {
            SysResult found = NameService.Groups(_user.Name, _gid, out uint[] own);
            if (found.IsError)
                return $"User={question.User}: the groups {IdentityText.Of(found.Error)}";
            groups.AddRange(own);
        }

        foreach (string name in question.SupplementaryGroups)
        {
            SysResult group = NameService.Group(name);
            if (group.IsError)
                return $"SupplementaryGroups={name}: {IdentityText.Of(group.Error)}";
            if (!groups.Contains((uint)group.Raw))
                groups.Add((uint)group.Raw);
        }

        _groups = [.. groups];
        return null;
    }
}
