using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Mounts;
using InitTx.Linux.Prepare;

namespace InitTx.Exec.Automounts;

/// <summary>
/// The place of an automount unit: made and taken down here, because the way to it may lead over a
/// disk or a server that does not answer. The helper is in the manager's process group, which
/// autofs takes for its daemon: it passes over the place without triggering it.
/// </summary>
internal static class AutomountPlace
{
    // One mount may lie upon another at the same place: systemd tries as often.
    private const int MountsMax = 32;

    /// <param name="attached">The control descriptor, then the pipe's end to read from.</param>
    public static PrepareAnswer.AutomountMade Make(
        PrepareQuestion.MakeAutomount q, List<FileDescriptor> attached)
    {
        if (Prepare(q) is { } problem)
            return Failed(problem);
        SysResult<Pipe> made = Pipe.Create();
        if (made.IsError)
            return Failed(made.Message);
        Pipe pipe = made.Require();
        using FileDescriptor requests = pipe.WriteEnd;
        SysResult mounted = Autofs.Mount(q.Where, requests, q.ExtraOptions);
        if (mounted.IsError)
        {
            pipe.ReadEnd.Dispose();
            return Failed($"autofs on {q.Where}: {Explain(mounted.Error, q.ExtraOptions)}");
        }

        SysResult<FileDescriptor> control = Autofs.OpenControl(q.Where);
        SysResult set = control.IsError
            ? SysResult.Fail(control.Error)
            : Autofs.SetTimeout(control.Require(), q.TimeoutIdleUs);
        if (set.IsError)
        {
            control.Value?.Dispose();
            pipe.ReadEnd.Dispose();
            Autofs.Detach(q.Where);
            return Failed($"the control of autofs on {q.Where}: {set.Error.Describe()}");
        }

        attached.Add(control.Require());
        attached.Add(pipe.ReadEnd);
        return new PrepareAnswer.AutomountMade(q.Token, null)
        {
            Note = q.TimeoutIdleUs > 0 && !Autofs.CanExpire()
                ? "TimeoutIdleSec= has no effect: there is no /dev/autofs" : null,
        };

        PrepareAnswer.AutomountMade Failed(string why) => new(q.Token, why);
    }

    /// <summary>As systemd: with all that is mounted there, whoever uses it.</summary>
    public static PrepareAnswer.AutomountGone Unmake(PrepareQuestion.UnmakeAutomount q)
    {
        // What is no mount of ours or upon ours any more is left alone.
        if (!IsOurs(q.Where, atTop: false))
            return new PrepareAnswer.AutomountGone(q.Token, null);
        for (int i = 0; i < MountsMax; i++)
        {
            bool last = IsOurs(q.Where, atTop: true);
            SysResult detached = Autofs.Detach(q.Where);
            if (detached.IsError)
            {
                return new PrepareAnswer.AutomountGone(
                    q.Token, $"{q.Where} is not unmounted: {detached.Error.Describe()}");
            }

            if (last)
                break;
        }

        return new PrepareAnswer.AutomountGone(q.Token, null);
    }

    private static string? Prepare(PrepareQuestion.MakeAutomount q)
    {
        if (Setup.MountPlaces.LinkIn(q.Where) is { } link)
            return $"Where={q.Where} leads over the symbolic link {link}";

        // A manager that crashed before it heard of it: nobody reads the pipe of this one.
        if (IsOurs(q.Where, atTop: true))
            Autofs.Detach(q.Where);
        SysResult made = DirectoryMaker.MakeAll(q.Where, (uint)q.Mode);
        if (made.IsError)
            return $"{q.Where}: {made.Error.Describe()}";
        return At(q.Where).Count > 0 ? $"{q.Where} is mounted already" : null;
    }

    private static string Explain(Errno error, string? extraOptions) => error switch
    {
        Errno.ENODEV => "the kernel has no autofs",
        Errno.EPERM or Errno.EACCES => $"not allowed here ({error})",
        Errno.EINVAL when extraOptions is { Length: > 0 } =>
            $"{error.Describe()}; ExtraOptions={extraOptions}",
        _ => error.Describe(),
    };

    private static bool IsOurs(string where, bool atTop)
    {
        List<MountEntry> there = At(where);
        for (int i = there.Count - 1; i >= 0; i--)
        {
            if (there[i] is { Type: "autofs", Source: Autofs.Source })
                return true;
            if (atTop)
                return false;
        }

        return false;
    }

    // In the order in which they lie upon each other.
    private static List<MountEntry> At(string where) =>
        MountTable.Read().FindAll(entry => entry.Path == where);
}
