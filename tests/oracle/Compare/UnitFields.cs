using InitTx.Units.Model;
using static InitTx.Oracle.Tests.Compare.UnitField;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>All fields that both sides know, named as the directive is.</summary>
internal static class UnitFields
{
    public static readonly UnitField[] All =
    [
        .. UnitSection(), .. ServiceFields.All, .. ExecFields.All, .. SocketFields.All,
        .. OtherFields.All, .. ResourceFields.All,
    ];

    public static string LoadState(UnitDefinition unit) => unit.LoadState switch
    {
        UnitLoadState.Loaded => "loaded",
        UnitLoadState.NotFound => "not-found",
        UnitLoadState.BadSetting => "bad-setting",
        UnitLoadState.Error => "error",
        UnitLoadState.Masked => "masked",
        _ => "merged",
    };

    private static UnitField[] UnitSection() =>
    [
        Plain("Description", u => u.Description),
        Set("Documentation", u => u.Documentation),
        new("SourcePath", u => u.SourcePath ?? "", u => u.One("Source Path") ?? ""),
        new("FragmentPath", u => u.FragmentPath is { } path && path.StartsWith('/') ? path : null,
            u => u.One("Fragment Path")),
        new("Names", u => Sorted(u.Aliases.Select(a => a.Value)), u => Sorted(u.All("Alias"))),

        // systemd counts links to /dev/null, from which it reads nothing.
        new("DropInPaths", u => string.Join('\n', u.DropInPaths), u => string.Join(
            '\n', u.All("DropIn Path").Where(p => new FileInfo(p).LinkTarget != "/dev/null"))),
        Conditions("Condition", asserts: false),
        Conditions("Assert", asserts: true),
        new("RequiresMountsFor", u => Sorted(u.RequiresMountsFor), u => Sorted(
            u.All("RequiresMountsFor").Select(l =>
                l[..l.LastIndexOf(" (", StringComparison.Ordinal)]))),
        YesNo("DefaultDependencies", u => u.DefaultDependencies),
        YesNo("StopWhenUnneeded", u => u.StopWhenUnneeded),
        YesNo("RefuseManualStart", u => u.RefuseManualStart),
        YesNo("RefuseManualStop", u => u.RefuseManualStop),
        YesNo("IgnoreOnIsolate", u => u.IgnoreOnIsolate),
        Plain("OnFailureJobMode", u => u.OnFailureJobMode),
        Plain("OnSuccessJobMode", u => u.OnSuccessJobMode),
        Time("JobTimeoutSec", u => u.JobTimeoutUs, "Job Timeout"),

        Action("JobTimeoutAction", u => u.JobTimeoutAction, "Job Timeout Action"),
        Action("FailureAction", u => u.FailureAction, "Failure Action"),
        Action("SuccessAction", u => u.SuccessAction, "Success Action"),
        Plain("Slice", u => u.Name.Kind is UnitKind.Service or UnitKind.Socket or UnitKind.Mount
            or UnitKind.Swap or UnitKind.Scope or UnitKind.Slice
            ? u.Slice.IsNone ? "n/a" : u.Slice.Value : null),
    ];

    private static UnitField Action(string name, Func<UnitDefinition, string> ours, string label) =>
        new(name, ours, u => u.One(label) ?? "none");

    private static UnitField Conditions(string prefix, bool asserts) => new(
        prefix,
        u => Sorted(u.Conditions.Where(c => c.IsAssert == asserts).Select(c =>
            $"{c.Type}={(c.Triggering ? "|" : "")}{(c.Negated ? "!" : "")}{c.Argument}")),
        u => Sorted(u.Fields.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal)
            && f.Key.Length > prefix.Length && char.IsUpper(f.Key[prefix.Length]))
            .SelectMany(f => f.Value.Select(v =>
                $"{f.Key[prefix.Length..]}={v[..v.LastIndexOf(' ')]}"))));
}
