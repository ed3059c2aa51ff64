namespace InitTx.Core.Supervision;

/// <summary>What a service that is up does in the state <c>reload</c>.</summary>
internal enum UnitWork : byte
{
    /// <summary>ExecReload=, or the signal of Type=notify-reload.</summary>
    Reload,

    /// <summary>ExecCheck= first; when that is well it becomes <see cref="Reload"/>.</summary>
    CheckedReload,

    /// <summary>ExecCheck= alone: a job wants to stop the service.</summary>
    Check,

    /// <summary>A verb of its own.</summary>
    Verb,
}
