using InitTx.Units.Model;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// [Mount], [Automount], [Swap], [Timer] and [Path]: what their edges follow from. These types are
/// read and shown but not started by this version.
/// </summary>
internal static class OtherSections
{
    private static readonly string[] PathKeys =
        ["PathExists", "PathExistsGlob", "PathChanged", "PathModified", "DirectoryNotEmpty"];

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) => s.Section switch
    {
        "Timer" => Timer(s),
        "Path" => Path(s),
        "Mount" or "Automount" or "Swap" => Mount(s),
        _ => false,
    };

    private static bool Timer(in Setting s)
    {
        switch (s.Key)
        {
            case "OnCalendar":
                s.Draft.HasCalendar = !s.IsReset;
                return true;
            case "Persistent":
                // The time of the last run is kept on disk.
                if (s.TryBoolean(out bool persistent))
                    s.Draft.Persistent = persistent ? s.Source : null;
                return true;
            case "Unit":
                Trigger(s, UnitKind.Timer);
                return true;
            default:
                return false;
        }
    }

    private static bool Path(in Setting s)
    {
        if (s.Key == "Unit")
        {
            Trigger(s, UnitKind.Path);
            return true;
        }

        if (Array.IndexOf(PathKeys, s.Key) < 0)
            return false;
        if (!s.IsReset && s.TryPath(s.Value, 0, absolute: true, out string path))
            s.Draft.MountPaths.Add((path, s.Source));
        return true;
    }

    private static void Trigger(in Setting s, UnitKind own)
    {
        if (DependencySection.Name(s, s.Value, 0) is not { } name)
            return;
        if (name.Kind == own)
            s.Warn($"'{name}' is of the same type as this unit, ignored");
        else
            s.Draft.Triggered = (name, s.Source);
    }

    private static bool Mount(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "Where":
                if (s.TryPath(s.Value, 0, absolute: true, out string where))
                    d.Where = where;
                return true;
            case "What":
                if (s.TryExpand(out string what))
                    d.What = what;
                return true;
            case "Options":
                if (s.TryExpand(out string options))
                    d.MountOptions = options;
                return true;
            case "Type":
                if (s.TryExpand(out string type))
                    d.MountType = type;
                return true;
            default:
                return false;
        }
    }
}
