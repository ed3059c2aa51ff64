using InitTx.Linux.Interop;

namespace InitTx.Linux.Processes;

/// <summary>Who the manager runs as (geteuid(2), getegid(2), getpgrp(2)).</summary>
public static class ProcessIds
{
    public static uint EffectiveUid => Libc.geteuid();

    public static uint EffectiveGid => Libc.getegid();

    /// <summary>The process group; 0 for one of another PID namespace.</summary>
    public static int Group => Libc.getpgrp();
}
