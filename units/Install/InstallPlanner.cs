using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Install;

/// <summary>
/// What enable, disable, mask, unmask and preset do to the links of a system, worked out over a
/// tree that was read before, with the rules of systemctl(1) 252. Pure: nothing is written here.
/// </summary>
/// <remarks>
/// 1. The same tree and names give the same steps in the same order.
/// 2. A unit that cannot be done is an error of the plan; the others are done, as systemctl does.
/// 3. Only one directory is written to: the persistent or the runtime one.
/// </remarks>
public sealed class InstallPlanner
{
    private readonly InstallCatalog _catalog;
    private readonly InstallDirectories _directories;
    private readonly LinkTable _links;
    private readonly string _config;
    private readonly bool _force;

    /// <param name="runtime">Write to /run instead of /etc.</param>
    /// <param name="force">Replace links that are in the way.</param>
    public InstallPlanner(
        UnitFileTree tree, SpecifierContext context, LoadLimits limits,
        InstallDirectories directories, bool runtime = false, bool force = false)
    {
        _catalog = new InstallCatalog(tree, context, limits);
        _directories = directories;
        _links = new LinkTable(tree);
        _config = directories.Of(runtime);
        _force = force;
    }

    /// <summary>Every name with a file or link, sorted; templates and aliases included.</summary>
    public IEnumerable<UnitName> Names => _catalog.Names;

    /// <summary>The state of a unit before the plan; null when there is no such unit.</summary>
    public UnitFileState? StateOf(UnitName name) =>
        new StateFinder(_catalog, _directories).Of(name);

    /// <summary>Has units started by what their [Install] sections name.</summary>
    public InstallPlan Enable(IReadOnlyList<UnitName> names)
    {
        var plan = new InstallPlan();
        List<InstallInfo> wanted = [];
        foreach (UnitName name in names)
        {
            InstallInfo? info = _catalog.Find(name, out string? why);
            if (info is null)
                plan.Miss(Absent(name, why));
            else if (info.IsMasked)
                plan.Fail($"unit {info.Path} is masked");
            else if (info.Name != name && IsOfAdministrator(_catalog.DirectoryOf(name)))
                plan.Fail($"{name} is another name of {info.Name}, made by a link in "
                    + $"{_catalog.DirectoryOf(name)}: name {info.Name} itself");
            else if (IsMadeAtRunTime(info))
                plan.Fail($"unit {info.Path} is transient or generated");
            else
                wanted.Add(info);
        }

        // As systemctl has it: one name that cannot be meant, and nothing is done.
        if (plan.Errors.Count + plan.Missing.Count == 0)
            Apply(plan, wanted);
        return plan;
    }

    /// <summary>Removes every link that leads to one of the units or bears its name.</summary>
    public InstallPlan Disable(IReadOnlyList<UnitName> names)
    {
        var plan = new InstallPlan { HasInstallRules = true };
        HashSet<string> marked = new(StringComparer.Ordinal);
        Mark(plan, names, marked, andAlso: true);
        Remove(plan, marked);
        return plan;
    }

    /// <summary>Makes units impossible to start.</summary>
    public InstallPlan Mask(IReadOnlyList<UnitName> names)
    {
        var plan = new InstallPlan { HasInstallRules = true };
        foreach (UnitName name in names)
        {
            if (!_catalog.Has(name))
                plan.Warn($"unit {name} does not exist, proceeding anyway");
            plan.FailsInSystemctl |= !Create(plan, $"{_config}/{name}", "/dev/null", _force);
        }

        return plan;
    }

    /// <summary>Removes masks.</summary>
    public InstallPlan Unmask(IReadOnlyList<UnitName> names)
    {
        var plan = new InstallPlan { HasInstallRules = true };
        HashSet<string> marked = new(StringComparer.Ordinal);
        foreach (UnitName name in names)
        {
            string path = $"{_config}/{name}";
            if (_links.At(path) is not { Masks: true })
                continue;
            marked.Add(path);
            Drop(plan, path);
        }

        Remove(plan, marked);
        return plan;
    }

    /// <summary>Enables or disables as the presets say.</summary>
    public InstallPlan Preset(IReadOnlyList<UnitName> names, PresetRules rules, PresetMode mode)
    {
        var plan = new InstallPlan { HasInstallRules = true };
        List<InstallInfo> plus = [];
        List<UnitName> minus = [];
        foreach (UnitName name in names)
        {
            if (Sort(name, rules, plus, minus) is { } error)
                plan.Fail(error);
        }

        if (plan.Errors.Count == 0)
            Execute(plan, plus, minus, mode);
        return plan;
    }

    /// <summary>
    /// The same for every unit there is; what cannot be done is passed over. An alias that leads
    /// nowhere ends it before anything is changed, as it ends systemctl's.
    /// </summary>
    public InstallPlan PresetAll(PresetRules rules, PresetMode mode)
    {
        var plan = new InstallPlan { HasInstallRules = true };
        List<InstallInfo> plus = [];
        List<UnitName> minus = [];
        foreach (UnitName name in _catalog.Names)
        {
            if (_catalog.BrokenLink(name) is { } broken)
            {
                plan.Fail(broken);
                return plan;
            }

            if (Sort(name, rules, plus, minus) is { } error)
                plan.Warn($"{error}, ignored");
        }

        Execute(plan, plus, minus, mode);
        return plan;
    }

    private void Execute(
        InstallPlan plan, List<InstallInfo> plus, List<UnitName> minus, PresetMode mode)
    {
        if (mode != PresetMode.EnableOnly)
        {
            HashSet<string> marked = new(StringComparer.Ordinal);
            Mark(plan, minus, marked, andAlso: false);
            Remove(plan, marked);
        }

        // The distribution's rules: a name that does not fit is not the caller's fault.
        if (mode != PresetMode.DisableOnly)
            Apply(plan, plus, forgives: true);
    }

    private string? Sort(
        UnitName name, PresetRules rules, List<InstallInfo> plus, List<UnitName> minus)
    {
        InstallInfo? info = _catalog.Find(name, out string? why);
        if (info is null)
            return Absent(name, why);
        if (info.Name != name)
            return null;
        PresetAnswer answer = rules.Of(name);
        if (!answer.Enable)
        {
            minus.Add(name);
            return null;
        }

        foreach (UnitName one in answer.Instances.Count > 0 ? answer.Instances : [name])
        {
            info = _catalog.Find(one, out _);
            if (info is null || info.IsMasked)
                return info is null ? $"unit {one} does not exist" : $"unit {info.Path} is masked";
            if (IsMadeAtRunTime(info))
                return $"unit {info.Path} is transient or generated";
            plus.Add(info);
        }

        return null;
    }

    private bool IsOfAdministrator(string directory) =>
        _directories.IsPersistent(directory) || _directories.IsRuntime(directory);

    private static bool IsMadeAtRunTime(InstallInfo info) =>
        info.Directory.Contains("/generator", StringComparison.Ordinal)
        || info.Directory.EndsWith("/transient", StringComparison.Ordinal);

    // Units and, behind them, the units that their Also= names.
    private void Apply(InstallPlan plan, List<InstallInfo> wanted, bool forgives = false)
    {
        var enabler = new Enabler(_catalog, _config, _force, (path, target, force) =>
            Create(plan, path, target, force), plan, forgives);
        HashSet<UnitName> done = [];
        Queue<InstallInfo> queue = new(wanted);
        while (queue.TryDequeue(out InstallInfo? info))
        {
            if (!done.Add(info.Name))
                continue;
            enabler.Link(info);
            foreach (string also in info.Rules.Also)
            {
                if (!UnitName.TryParse(also, out UnitName other))
                    plan.Fail($"Also={also} in {info.Path} is no unit name");
                else if (_catalog.Find(other, out _) is not { } found)
                    plan.Warn($"unit {other}, named by Also= in {info.Path}, does not exist");
                else if (found.IsMasked)
                    plan.Warn($"unit {found.Path} is masked, ignoring");
                else
                    queue.Enqueue(found);
            }
        }
    }

    private void Mark(
        InstallPlan plan, IReadOnlyList<UnitName> names, HashSet<string> marked, bool andAlso)
    {
        Queue<(UnitName Name, bool Asked)> queue = [];
        foreach (UnitName name in names)
            queue.Enqueue((name, true));
        HashSet<UnitName> done = [];
        while (queue.TryDequeue(out (UnitName Name, bool Asked) next))
        {
            if (!done.Add(next.Name))
                continue;
            InstallInfo? info = _catalog.Find(next.Name, out string? why);
            if (info is null)
            {
                // Links to a unit that is gone can still be removed.
                if (next.Asked)
                    plan.Miss(Absent(next.Name, why));
                marked.Add(next.Name.Value);
                continue;
            }

            if (info.IsMasked)
            {
                plan.Warn($"unit {info.Path} is masked, ignoring");
                continue;
            }

            marked.Add(next.Name.Value);
            marked.Add(info.Name.Value);
            foreach (string also in andAlso ? info.Rules.Also : [])
            {
                if (UnitName.TryParse(also, out UnitName other))
                    queue.Enqueue((other, false));
            }
        }
    }

    private static string Absent(UnitName name, string? why) =>
        $"unit {name} does not exist" + (why is null ? "" : $": {why}");

    // What leads to a removed link goes too: hence until nothing changes.
    private void Remove(InstallPlan plan, HashSet<string> marked)
    {
        bool again = marked.Count > 0;
        while (again)
        {
            again = false;
            foreach (LinkEntry link in _links.Below(_config))
            {
                if (!UnitName.TryParse(link.Name, out UnitName name)
                    || !IsMarked(link, name, marked))
                    continue;
                Drop(plan, link.Path);
                again |= marked.Add(link.Path);
            }
        }
    }

    private bool IsMarked(LinkEntry link, UnitName name, HashSet<string> marked)
    {
        if (marked.Contains(link.Name) || (name.IsInstance && marked.Contains(name.Template.Value)))
            return true;
        return _links.Final(link) is { } end
            && (marked.Contains(end) || marked.Contains(end[(end.LastIndexOf('/') + 1)..]));
    }

    private void Drop(InstallPlan plan, string path)
    {
        plan.Add(new LinkChange(LinkAction.Remove, path, ""));
        _links.Set(path, null);
    }

    private bool Create(InstallPlan plan, string path, string target, bool force)
    {
        if (_links.At(path) is { } existing)
        {
            if (existing.Target == target || (existing.Masks && target == "/dev/null"
                && existing.Target.Length > 0))
                return true;
            if (existing.Target.Length == 0)
            {
                plan.Error($"file {path} already exists");
                return false;
            }

            if (!force)
            {
                plan.Error($"file {path} already exists and is a symlink to {existing.Target}; "
                    + "--force replaces it");
                return false;
            }

            Drop(plan, path);
        }

        plan.Add(new LinkChange(LinkAction.Create, path, target));
        _links.Set(path, target);
        return true;
    }
}

/// <summary>Which half of the presets is applied (<c>--preset-mode=</c>).</summary>
public enum PresetMode : byte
{
    /// <summary>Both.</summary>
    Full,

    /// <summary>Nothing is disabled.</summary>
    EnableOnly,

    /// <summary>Nothing is enabled.</summary>
    DisableOnly,
}
