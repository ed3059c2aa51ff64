using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>
/// Capabilities, secure bits and keyrings of the calling thread (capabilities(7), keyrings(7)).
/// </summary>
public static unsafe class Privileges
{
    /// <summary>SECBIT_KEEP_CAPS as a number for <see cref="SetSecureBits"/>.</summary>
    public const ulong KeepCapabilities = 1 << 4;

    private const int MostCapabilities = 63;
    private const uint Version = 0x20080522; // _LINUX_CAPABILITY_VERSION_3

    /// <summary>The sets of this thread: effective, permitted, inheritable.</summary>
    public static SysResult Get(out ulong effective, out ulong permitted, out ulong inheritable)
    {
        Libc.CapabilityHeader header = new() { Version = Version };
        Libc.CapabilityData* data = stackalloc Libc.CapabilityData[2];
        var result = SysResult.Of(Libc.syscall_capset(Libc.SYS_capget, &header, data));
        effective = data[0].Effective | ((ulong)data[1].Effective << 32);
        permitted = data[0].Permitted | ((ulong)data[1].Permitted << 32);
        inheritable = data[0].Inheritable | ((ulong)data[1].Inheritable << 32);
        return result;
    }

    /// <summary>capset(2).</summary>
    public static SysResult Set(ulong effective, ulong permitted, ulong inheritable)
    {
        Libc.CapabilityHeader header = new() { Version = Version };
        Libc.CapabilityData* data = stackalloc Libc.CapabilityData[2];
        for (int half = 0; half < 2; half++)
        {
            data[half].Effective = (uint)(effective >> (32 * half));
            data[half].Permitted = (uint)(permitted >> (32 * half));
            data[half].Inheritable = (uint)(inheritable >> (32 * half));
        }

        return SysResult.Of(Libc.syscall_capset(Libc.SYS_capset, &header, data));
    }

    /// <summary>
    /// Takes everything but <paramref name="kept"/> out of the bounding set for good, and out of
    /// the inheritable set, which would give it back to a program with file capabilities.
    /// </summary>
    public static SysResult Bound(ulong kept)
    {
        SysResult result = SysResult.Ok;
        for (int capability = 0; capability < MostCapabilities && result.IsOk; capability++)
        {
            var has = SysResult.Of(
                Libc.prctl(Libc.PR_CAPBSET_READ, (nuint)capability, 0, 0, 0));
            if (has.IsError)
                break; // EINVAL: the kernel has no more
            if (has.Value == 1 && (kept >> capability & 1) == 0)
            {
                result = SysResult.Of(
                    Libc.prctl(Libc.PR_CAPBSET_DROP, (nuint)capability, 0, 0, 0));
            }
        }

        if (result.IsOk)
            result = Get(out ulong effective, out ulong permitted, out ulong inheritable) is var got
                && got.IsOk ? Set(effective, permitted, inheritable & kept) : got;
        return result;
    }

    /// <summary>Makes capabilities inheritable, which ambient ones must be.</summary>
    public static SysResult Inherit(ulong capabilities)
    {
        SysResult result = Get(out ulong effective, out ulong permitted, out ulong inheritable);
        return result.IsError
            ? result
            : Set(effective, permitted, inheritable | capabilities);
    }

    /// <summary>PR_CAP_AMBIENT_RAISE of each; EPERM for one that is not permitted.</summary>
    public static SysResult RaiseAmbient(ulong capabilities)
    {
        SysResult result = SysResult.Ok;
        for (int capability = 0; capability < MostCapabilities && result.IsOk; capability++)
        {
            if ((capabilities >> capability & 1) != 0)
            {
                result = SysResult.Of(Libc.prctl(
                    Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_RAISE, (nuint)capability, 0, 0));
            }
        }

        return result;
    }

    /// <summary>The ambient set of this thread.</summary>
    public static ulong Ambient()
    {
        ulong set = 0;
        for (int capability = 0; capability < MostCapabilities; capability++)
        {
            var has = SysResult.Of(Libc.prctl(
                Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_IS_SET, (nuint)capability, 0, 0));
            if (has.IsOk && has.Value == 1)
                set |= 1ul << capability;
        }

        return set;
    }

    /// <summary>PR_SET_SECUREBITS.</summary>
    public static SysResult SetSecureBits(ulong bits) =>
        SysResult.Of(Libc.prctl(Libc.PR_SET_SECUREBITS, (nuint)bits, 0, 0, 0));

    /// <summary>PR_GET_SECUREBITS.</summary>
    public static SysResult GetSecureBits() =>
        SysResult.Of(Libc.prctl(Libc.PR_GET_SECUREBITS, 0, 0, 0, 0));

    /// <summary>A session keyring of its own.</summary>
    public static SysResult NewKeyring() => SysResult.Of(
        Libc.syscall_keyctl(Libc.SYS_keyctl, Libc.KEYCTL_JOIN_SESSION_KEYRING, 0, 0));

    /// <summary>
    /// Links the keyring of a user into the session's: as that user, since it is found by uid, and
    /// back again. For a thread that still has its privileges.
    /// </summary>
    public static SysResult LinkUserKeyring(uint uid, uint gid)
    {
        uint oldUid = Libc.geteuid();
        uint oldGid = Libc.getegid();
        SysResult result = SysResult.Ok;
        if (gid != oldGid)
            result = SysResult.Of(Libc.setresgid(gid, gid, oldGid));
        if (result.IsOk && uid != oldUid)
            result = SysResult.Of(Libc.setresuid(uid, uid, oldUid));
        if (result.IsOk)
        {
            result = SysResult.Of(Libc.syscall_keyctl(
                Libc.SYS_keyctl, Libc.KEYCTL_LINK, Libc.KEY_SPEC_USER_KEYRING,
                Libc.KEY_SPEC_SESSION_KEYRING));
        }

        var back = SysResult.Of(Libc.setresuid(oldUid, oldUid, oldUid));
        if (back.IsOk)
            back = SysResult.Of(Libc.setresgid(oldGid, oldGid, oldGid));
        return back.IsError ? back : result;
    }
}
