using InitTx.Linux;

namespace InitTx.Exec.Serve;

/// <summary>What a failed look-up of a user or group means.</summary>
internal static class IdentityText
{
    public static string Of(Errno error) => error switch
    {
        Errno.ESRCH => "there is no such user or group",
        Errno.EINVAL => "not a user or group name",
        _ => $"cannot be looked up: {error.Describe()}",
    };
}
