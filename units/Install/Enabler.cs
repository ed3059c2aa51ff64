using InitTx.Units.Model;

namespace InitTx.Units.Install;

/// <summary>
/// The links that one unit's [Install] section asks for: aliases, then the folders of the units
/// that shall pull it in, then the link that brings a file from outside onto the unit path.
/// </summary>
internal sealed class Enabler(
    InstallCatalog catalog, string config, bool force, Func<string, string, bool, bool> create,
    InstallPlan plan, bool forgives)
{
    public void Link(InstallInfo info)
    {
        foreach (string fault in info.Faults)
            plan.Fail($"{info.Path}: {fault}");
        InstallSettings rules = info.Rules;
        plan.HasInstallRules |= !rules.IsEmpty;
        bool?[] groups =
        [
            All(rules.Alias, name => LinkAlias(info, name)),
            All(rules.WantedBy, name => LinkFolder(info, name, ".wants")),
            All(rules.RequiredBy, name => LinkFolder(info, name, ".requires")),
            All(rules.UpheldBy, name => LinkFolder(info, name, ".upholds")),
        ];
        plan.FailsInSystemctl |= Array.Find(groups, g => g is not null) is false;
        if (info.IsLinked)
            create($"{config}/{info.Name.Template}", info.Path, force);
    }

    // Null for nothing to do, false when something could not be done.
    private static bool? All(IReadOnlyList<string> names, Func<string, bool> link)
    {
        bool all = true;
        foreach (string name in names)
            all &= link(name);
        return names.Count == 0 ? null : all;
    }

    private bool LinkAlias(InstallInfo info, string alias)
    {
        if (!UnitName.TryParse(alias, out UnitName name))
        {
            plan.Error($"Alias={alias} in {info.Path} is no unit name");
            return false;
        }

        // An alias of a template, enabled as an instance, is an alias of that instance.
        if (name.IsTemplate && info.Name.IsInstance)
            name = name.WithInstance(info.Name.Instance!) ?? name;
        if (Fault(info, name) is { } fault)
        {
            plan.Error($"cannot alias {info.Name} as {name}: {fault}");
            return false;
        }

        string path = $"{config}/{name}";
        return create(path, info.Path, force || catalog.IsDangling(path));
    }

    private static string? Fault(InstallInfo info, UnitName alias)
    {
        UnitName own = info.Name;
        if (own.Kind != alias.Kind)
            return "they are of different types";
        if (own.Kind is not (UnitKind.Service or UnitKind.Socket or UnitKind.Target
            or UnitKind.Device or UnitKind.Timer or UnitKind.Path))
            return $"a {UnitName.SuffixOf(own.Kind)} unit cannot have aliases";
        UnitName named = info.LinkName;
        bool fits = alias.IsInstance
            ? named.IsInstance && named.Instance == alias.Instance
            : alias.IsTemplate == own.IsTemplate && !own.IsInstance;
        return fits ? null : "only one of the two is a template or an instance";
    }

    private bool LinkFolder(InstallInfo info, string by, string suffix)
    {
        if (!UnitName.TryParse(by, out UnitName target))
        {
            Unfit($"\"{by}\" in {info.Path} is not a valid unit name");
            return forgives;
        }

        // Without an instance there is no unit to start: only a template can pull it in.
        if (info.LinkName.IsTemplate && !target.IsTemplate)
        {
            Unfit($"{info.Name} is a template without DefaultInstance=, and destination unit "
                + $"{target} is none: name an instance, as in {info.Name.Prefix}@NAME."
                + UnitName.SuffixOf(info.Name.Kind));
            return forgives;
        }

        // The default instance may have a file of its own.
        InstallInfo linked = info.LinkName == info.Name
            ? info
            : catalog.Find(info.LinkName, out _) ?? info;
        if (linked.IsMasked)
        {
            plan.Error($"unit {linked.Path} is masked");
            return false;
        }

        bool done = create($"{config}/{target}{suffix}/{info.LinkName}", linked.Path, true);
        if (!catalog.Has(target))
            plan.Warn($"unit {info.Path} is added as a dependency to a non-existent unit {target}");
        return done;
    }

    private void Unfit(string text)
    {
        if (forgives)
            plan.Warn(text);
        else
            plan.Error(text);
    }
}
