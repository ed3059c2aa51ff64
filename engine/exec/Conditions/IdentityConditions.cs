using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Identity;

namespace InitTx.Exec.Conditions;

/// <summary><c>ConditionUser=</c> and <c>ConditionGroup=</c>: who the manager runs as.</summary>
internal static class IdentityConditions
{
    // SYSTEM_UID_MAX of Debian, and nobody.
    private const uint LastSystemId = 999;
    private const uint Nobody = 65534;

    public static ConditionResult User(string argument)
    {
        uint own = Identities.Uid;
        if (argument == "@system")
            return Words.Of(own is <= LastSystemId or Nobody);
        if (uint.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid))
            return Words.Of(uid == own);
        SysResult<UserRecord> user = NameService.User(argument);
        if (user.IsOk)
            return Words.Of(user.Require().Uid == own);
        return user.Error == Errno.ESRCH ? ConditionResult.No : ConditionResult.Unknown;
    }

    public static ConditionResult Group(string argument)
    {
        if (!uint.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out uint gid))
        {
            SysResult found = NameService.Group(argument);
            if (found.IsError)
                return found.Error == Errno.ESRCH ? ConditionResult.No : ConditionResult.Unknown;
            gid = (uint)found.Raw;
        }

        return Words.Of(Identities.IsMember(gid));
    }
}
