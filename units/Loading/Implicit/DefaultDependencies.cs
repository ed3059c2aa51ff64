using InitTx.Units.Model;

namespace InitTx.Units.Loading.Implicit;

/// <summary>
/// The edges of <c>DefaultDependencies=yes</c> (systemd.unit(5) and the page of each type).
/// </summary>
internal static class DefaultDependencies
{
    private static readonly UnitName Shutdown = UnitName.Parse("shutdown.target");
    private static readonly UnitName Sysinit = UnitName.Parse("sysinit.target");
    private static readonly UnitName Basic = UnitName.Parse("basic.target");

    /// <summary>Adds the edges that depend on the unit alone.</summary>
    public static void Add(UnitDraft draft, ManagerScope scope)
    {
        if (!draft.Unit.DefaultDependencies)
            return;
        switch (draft.Name.Kind)
        {
            case UnitKind.Service:
                if (scope == ManagerScope.System)
                    AfterSysinit(draft);
                else
                    Edge(draft, DependencyKind.Requires, Basic);
                Edge(draft, DependencyKind.After, Basic);
                AgainstShutdown(draft, Shutdown);
                break;
            case UnitKind.Socket:
                Early(draft, scope, "sockets.target");
                break;
            case UnitKind.Path:
                Early(draft, scope, "paths.target");
                break;
            case UnitKind.Timer:
                Timer(draft, scope);
                break;
            case UnitKind.Target:
                if (draft.Name != Shutdown)
                    AgainstShutdown(draft, Shutdown);
                break;
            case UnitKind.Slice:
                if (draft.Name.Value is not ("-.slice" or "system.slice"))
                    AgainstShutdown(draft, Shutdown);
                break;
            case UnitKind.Scope:
                AgainstShutdown(draft, Shutdown);
                break;
            case UnitKind.Mount:
                FileSystemDependencies.MountDefaults(draft);
                break;
            case UnitKind.Automount:
                Edge(draft, DependencyKind.Before, UnitName.Parse("local-fs.target"));
                Edge(draft, DependencyKind.After, UnitName.Parse("local-fs-pre.target"));
                AgainstShutdown(draft, UnitName.Parse("umount.target"));
                break;
            case UnitKind.Swap:
                Edge(draft, DependencyKind.Before, UnitName.Parse("swap.target"));
                AgainstShutdown(draft, UnitName.Parse("umount.target"));
                break;
            case UnitKind.Device:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(draft));
        }
    }

    private static void Early(UnitDraft draft, ManagerScope scope, string target)
    {
        Edge(draft, DependencyKind.Before, UnitName.Parse(target));
        if (scope == ManagerScope.System)
            AfterSysinit(draft);
        AgainstShutdown(draft, Shutdown);
    }

    private static void Timer(UnitDraft draft, ManagerScope scope)
    {
        Early(draft, scope, "timers.target");
        if (scope == ManagerScope.System && HasCalendar(draft.Timer))
        {
            Edge(draft, DependencyKind.After, UnitName.Parse("time-sync.target"));
            Edge(draft, DependencyKind.After, UnitName.Parse("time-set.target"));
        }
    }

    private static bool HasCalendar(TimerSettings timer)
    {
        foreach (TimerTrigger trigger in timer.Triggers)
        {
            if (trigger.Base == TimerBase.Calendar)
                return true;
        }

        return false;
    }

    private static void AfterSysinit(UnitDraft draft)
    {
        Edge(draft, DependencyKind.Requires, Sysinit);
        Edge(draft, DependencyKind.After, Sysinit);
    }

    private static void AgainstShutdown(UnitDraft draft, UnitName target)
    {
        Edge(draft, DependencyKind.Before, target);
        Edge(draft, DependencyKind.Conflicts, target);
    }

    private static void Edge(UnitDraft draft, DependencyKind kind, UnitName target)
    {
        if (target != draft.Name)
            draft.Dependencies.Add(kind, target, DependencyOrigin.Default, SourceLocation.BuiltIn);
    }
}
