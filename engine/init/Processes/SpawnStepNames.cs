using InitTx.Linux.BlackBox;

namespace InitTx.Init.Processes;

/// <summary>The steps of a spawn as messages name them.</summary>
internal static class SpawnStepNames
{
    public static string Of(SpawnStep step, string program) => step switch
    {
        SpawnStep.Execute => "execve " + program,
        SpawnStep.Directory => "WorkingDirectory=",
        SpawnStep.User => "User=",
        SpawnStep.Groups => "Group=",
        SpawnStep.Limits => "Limit*=",
        SpawnStep.Nice => "Nice=",
        SpawnStep.NoNewPrivileges => "NoNewPrivileges=",
        SpawnStep.Terminal => "controlling terminal",
        SpawnStep.Descriptors => "standard streams",
        SpawnStep.Cgroup => "cgroup",
        SpawnStep.Session => "setsid",
        SpawnStep.Signals => "signal mask",
        SpawnStep.Setup => "initx-exec",
        SpawnStep.None => "child",
        _ => "child",
    };
}
