namespace InitTx.Units.Install;

/// <summary>Whether a unit is started by itself: the words of systemctl(1) is-enabled.</summary>
public enum UnitFileState : byte
{
    /// <summary>A link of its [Install] section is in /etc.</summary>
    Enabled,

    /// <summary>The same in /run, until the next boot.</summary>
    EnabledRuntime,

    /// <summary>Its file lies outside the unit path and is linked into /etc.</summary>
    Linked,

    /// <summary>The same in /run.</summary>
    LinkedRuntime,

    /// <summary>The name is another name of a unit.</summary>
    Alias,

    /// <summary>Made impossible to start, in /etc or by the distribution.</summary>
    Masked,

    /// <summary>The same in /run.</summary>
    MaskedRuntime,

    /// <summary>It has no [Install] section: others start it.</summary>
    Static,

    /// <summary>Not enabled itself, but known by another name or bound to units that are.</summary>
    Indirect,

    /// <summary>It has an [Install] section and none of its links.</summary>
    Disabled,

    /// <summary>A generator made it.</summary>
    Generated,

    /// <summary>It was made at run time by a request.</summary>
    Transient,

    /// <summary>Its file cannot be read.</summary>
    Bad,
}

/// <summary>The words of <see cref="UnitFileState"/>.</summary>
public static class UnitFileStates
{
    private static readonly string[] Words =
    [
        "enabled", "enabled-runtime", "linked", "linked-runtime", "alias", "masked",
        "masked-runtime", "static", "indirect", "disabled", "generated", "transient", "bad",
    ];

    /// <summary>The word of systemctl(1).</summary>
    public static string Word(UnitFileState state) => Words[(int)state];

    /// <summary>True for the states that is-enabled answers with status 0.</summary>
    public static bool CountsAsEnabled(UnitFileState state) => state is UnitFileState.Enabled
        or UnitFileState.EnabledRuntime or UnitFileState.Alias or UnitFileState.Static
        or UnitFileState.Indirect or UnitFileState.Generated or UnitFileState.Transient;
}
