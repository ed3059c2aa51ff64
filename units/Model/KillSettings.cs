namespace InitTx.Units.Model;

/// <summary><c>KillMode=</c> of systemd.kill(5).</summary>
public enum KillMode : byte
{
    ControlGroup,
    Mixed,
    Process,
    None,
}

/// <summary>systemd.kill(5); signal numbers are Linux x86-64's.</summary>
public sealed record KillSettings
{
    public KillMode Mode { get; init; }
    public int KillSignal { get; init; } = 15;
    public int? RestartKillSignal { get; init; }
    public int FinalKillSignal { get; init; } = 9;
    public int WatchdogSignal { get; init; } = 6;
    public bool SendSigkill { get; init; } = true;
    public bool SendSighup { get; init; }
}
