namespace InitTx.Units.Model;

/// <summary>
/// The dependency settings of systemd.unit(5), forward direction only; reverse edges are derived
/// by the graph. The order is stable because plans and digests use it.
/// </summary>
public enum DependencyKind : byte
{
    Requires,
    Requisite,
    Wants,
    BindsTo,
    PartOf,
    Upholds,
    Conflicts,
    Before,
    After,
    OnFailure,
    OnSuccess,
    PropagatesReloadTo,
    ReloadPropagatedFrom,
    PropagatesStopTo,
    StopPropagatedFrom,
    JoinsNamespaceOf,
    Triggers,
    TriggeredBy,
    Slice,
    RequiresMountsFor,
}

/// <summary>Who asked for an edge.</summary>
public enum DependencyOrigin : byte
{
    /// <summary>A line of the unit's own files.</summary>
    File,

    /// <summary>A link in a <c>.wants</c>, <c>.requires</c> or <c>.upholds</c> directory.</summary>
    Directory,

    /// <summary>
    /// Follows from another setting (<c>Slice=</c>, <c>PrivateTmp=</c>, <c>StandardOutput=</c>)
    /// or its default; systemd's dump counts these as the file's own.
    /// </summary>
    Setting,

    /// <summary>
    /// Follows from the unit's type: a socket and its service, a slice in its slice.
    /// </summary>
    Implicit,

    /// <summary>Comes with <c>DefaultDependencies=yes</c>.</summary>
    Default,
}

/// <summary>One edge from the unit that holds it to <paramref name="Target"/>.</summary>
public sealed record UnitDependency(
    DependencyKind Kind,
    UnitName Target,
    DependencyOrigin Origin,
    SourceLocation Source);
