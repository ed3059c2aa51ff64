using InitTx.Units.Loading.Implicit;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading;

/// <summary>
/// Completes mounts, automounts, swaps, timers and paths once all files are read, and finds what
/// cannot work: names that do not fit, settings without which there is nothing to do.
/// </summary>
internal static class TypeVerifier
{
    /// <summary>
    /// Fills in what the name says; the text is what makes the unit bad, or null.
    /// </summary>
    public static string? Complete(UnitDraft draft) => draft.Name.Kind switch
    {
        UnitKind.Mount => Mount(draft),
        UnitKind.Automount => Automount(draft),
        UnitKind.Swap => Swap(draft),
        UnitKind.Timer => draft.Timer.Triggers.Count == 0 && !draft.Timer.OnClockChange
            && !draft.Timer.OnTimezoneChange
                ? "the timer has no time; write OnCalendar=, OnBootSec= or another On line" : null,
        UnitKind.Path => draft.Path.Watches.Count == 0
            ? "the path unit watches nothing; write PathExists=, PathChanged= or another Path line"
            : null,
        UnitKind.Service or UnitKind.Socket or UnitKind.Target or UnitKind.Device
            or UnitKind.Slice or UnitKind.Scope => null,
        _ => throw new ArgumentOutOfRangeException(nameof(draft)),
    };

    private static string? Mount(UnitDraft draft)
    {
        string where = OrName(draft, draft.Mount.Where);
        draft.Mount = draft.Mount with { Where = where };
        Describe(draft, where);
        if (draft.Name.Value == BuiltInUnits.RootMount)
            return null;
        if (MountRules.IsApi(where))
            return $"{where} is mounted by the manager and the kernel; a unit cannot";
        return NameFault(draft, where, "Where")
            ?? (draft.Mount.What is null ? "the mount has no What=" : null);
    }

    private static string? Automount(UnitDraft draft)
    {
        string where = OrName(draft, draft.Automount.Where);
        draft.Automount = draft.Automount with { Where = where };
        return where == "/" ? "an automount cannot be at /" : NameFault(draft, where, "Where");
    }

    private static string? Swap(UnitDraft draft)
    {
        string what = OrName(draft, draft.Swap.What);
        draft.Swap = draft.Swap with { What = what };
        Describe(draft, what);
        return NameFault(draft, what, "What");
    }

    private static string OrName(UnitDraft draft, string written) => written.Length > 0 ? written
        : UnitNameEscaper.UnescapePath(draft.Name.WithoutSuffix) ?? "";

    private static void Describe(UnitDraft draft, string path)
    {
        if (draft.Unit.Description.Length == 0)
            draft.Unit = draft.Unit with { Description = path };
    }

    private static string? NameFault(UnitDraft draft, string path, string key)
    {
        string suffix = UnitName.SuffixOf(draft.Name.Kind);
        string? escaped = UnitNameEscaper.EscapePath(path);
        return escaped is not null && $"{escaped}.{suffix}" == draft.Name.Value ? null
            : $"{key}={path} does not fit the unit's name; the file must be called "
                + $"{escaped}.{suffix}";
    }
}
