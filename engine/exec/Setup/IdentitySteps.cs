using InitTx.Linux;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// From root to the unit's identity (systemd.exec(5), "Credentials", "Capabilities"). Groups before
/// gid before uid, the bounding set before root is gone, ambient capabilities after: each step
/// needs what a later one gives away. Once the uid has changed, nothing here can be undone.
/// </summary>
internal sealed class IdentitySteps(ChildOptions options, SetupSettings settings)
{
    private const ulong SysAdmin = 1ul << 21;

    /// <summary>The rest, after <see cref="Groups"/>.</summary>
    public StepFailure? Run()
    {
        ulong ambient = settings.Mask("AmbientCapabilities") ?? 0;
        ulong bits = settings.Mask("SecureBits") ?? 0;
        StepFailure? failure = null;
        if (settings.BoundingSet is ulong bound)
        {
            failure = StepFailure.Of(Privileges.Bound(bound),
                ExitStatus.Capabilities, "CapabilityBoundingSet", "");
        }

        if (failure is null && ambient != 0)
        {
            failure = StepFailure.Of(Privileges.Inherit(ambient),
                ExitStatus.Capabilities, "AmbientCapabilities", "");
        }

        failure ??= UserId(ambient, bits);
        if (failure is null && ambient != 0)
        {
            failure = StepFailure.Of(Privileges.RaiseAmbient(ambient),
                ExitStatus.Capabilities, "AmbientCapabilities", "");
        }

        return failure ?? SecureBits(bits);
    }

    /// <summary>Supplementary groups and gid.</summary>
    public StepFailure? Groups()
    {
        StepFailure? failure = options.Groups is { } groups
            ? StepFailure.Of(ProcessImage.SetGroups(groups), ExitStatus.Group,
                "SupplementaryGroups", string.Join(',', groups))
            : null;
        if (failure is null && options.Gid is uint gid)
        {
            failure = StepFailure.Of(
                ProcessImage.SetGid(gid), ExitStatus.Group, "Group", $"{gid}");
        }

        return failure;
    }

    // Capabilities go with uid 0 unless the thread keeps them: it does for as long as it takes to
    // make them ambient, or to set secure bits, which needs CAP_SETPCAP.
    private StepFailure? UserId(ulong ambient, ulong bits)
    {
        if (options.Uid is not uint uid)
            return null;
        StepFailure? failure = null;
        if (uid != 0 && (ambient | bits) != 0)
        {
            failure = StepFailure.Of(
                Privileges.SetSecureBits(bits | Privileges.KeepCapabilities),
                ExitStatus.SecureBits, "SecureBits", "keep-caps");
        }

        return failure ?? StepFailure.Of(
            ProcessImage.SetUid(uid), ExitStatus.User, "User", $"{uid}");
    }

    private StepFailure? SecureBits(ulong bits)
    {
        SysResult now = Privileges.GetSecureBits();
        if (now.IsError || (ulong)now.Raw == bits)
            return null;
        bool kept = options.Uid is > 0 && settings.Has("AmbientCapabilities");
        SysResult result = RaiseForBits();
        if (result.IsOk)
            result = Privileges.SetSecureBits(bits);

        // keep-caps that was only ours is cleared by the execve itself (capabilities(7)).
        return bits == 0 && kept && result.Error == Errno.EPERM
            ? null
            : StepFailure.Of(result, ExitStatus.SecureBits, "SecureBits", $"{bits:x}");
    }

    // setuid(2) has emptied the effective set; what is permitted may be taken up again.
    private static SysResult RaiseForBits()
    {
        SysResult result = Privileges.Get(out _, out ulong permitted, out ulong inheritable);
        return result.IsError ? result : Privileges.Set(permitted, permitted, inheritable);
    }

    /// <summary>
    /// no_new_privs, behind what it would forbid. Without CAP_SYS_ADMIN the kernel takes filters
    /// only together with it.
    /// </summary>
    public StepFailure? NewPrivileges()
    {
        bool wanted = options.NoNewPrivileges || settings.IsDynamic;
        if (!wanted && settings.HasFilters)
        {
            SysResult got = Privileges.Get(out ulong effective, out _, out _);
            wanted = got.IsError || (effective & SysAdmin) == 0;
        }

        return wanted
            ? StepFailure.Of(ProcessImage.SetNoNewPrivileges(), ExitStatus.NoNewPrivileges,
                "NoNewPrivileges", "yes")
            : null;
    }
}
