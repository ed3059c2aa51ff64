using InitTx.Linux.Interop;

namespace InitTx.Linux.Processes;

/// <summary>Who the manager runs as (geteuid(2), getegid(2)).</summary>
public static class ProcessIds
{
    public static uint EffectiveUid => Libc.geteuid();

    public static uint EffectiveGid => Libc.getegid();
}
