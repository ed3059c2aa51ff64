using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// [Mount], [Automount] and [Swap] (systemd.mount(5), systemd.automount(5), systemd.swap(5)).
/// </summary>
internal static class FileSystemSections
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) => s.Section switch
    {
        "Mount" => Mount(s),
        "Automount" => Automount(s),
        "Swap" => Swap(s),
        _ => false,
    };

    private static bool Mount(in Setting s)
    {
        MountSettings m = s.Draft.Mount;
        switch (s.Key)
        {
            case "What":
                m = m with { What = Text(s, m.What) };
                break;
            case "Where":
                m = m with { Where = Path(s, m.Where) };
                break;
            case "Type":
                m = m with { FileSystemType = Text(s, m.FileSystemType) };
                break;
            case "Options":
                m = m with { Options = Text(s, m.Options) };
                break;
            case "SloppyOptions":
                m = m with { SloppyOptions = s.Boolean(m.SloppyOptions) };
                break;
            case "LazyUnmount":
                m = m with { LazyUnmount = s.Boolean(m.LazyUnmount) };
                break;
            case "ForceUnmount":
                m = m with { ForceUnmount = s.Boolean(m.ForceUnmount) };
                break;
            case "ReadWriteOnly":
                m = m with { ReadWriteOnly = s.Boolean(m.ReadWriteOnly) };
                break;
            case "DirectoryMode":
                m = m with { DirectoryMode = s.Mode(m.DirectoryMode) };
                break;
            case "TimeoutSec":
                m = m with { TimeoutUs = s.TryTimeout(out long us) ? us : m.TimeoutUs };
                break;
            default:
                return false;
        }

        s.Draft.Mount = m;
        return true;
    }

    private static bool Automount(in Setting s)
    {
        AutomountSettings a = s.Draft.Automount;
        switch (s.Key)
        {
            case "Where":
                a = a with { Where = Path(s, a.Where) };
                break;
            case "ExtraOptions":
                a = a with { ExtraOptions = Text(s, a.ExtraOptions) };
                break;
            case "DirectoryMode":
                a = a with { DirectoryMode = s.Mode(a.DirectoryMode) };
                break;
            case "TimeoutIdleSec":
                a = a with { TimeoutIdleUs = s.TryTimeout(out long us) ? us : a.TimeoutIdleUs };
                break;
            default:
                return false;
        }

        s.Draft.Automount = a;
        return true;
    }

    private static bool Swap(in Setting s)
    {
        SwapSettings w = s.Draft.Swap;
        switch (s.Key)
        {
            case "What":
                w = w with { What = Path(s, w.What) };
                s.Draft.SwapWhatWritten |= w.What.Length > 0;
                break;
            case "Priority":
                w = w with { Priority = Priority(s, w.Priority) };
                break;
            case "Options":
                w = w with { Options = Text(s, w.Options) };
                break;
            case "TimeoutSec":
                w = w with { TimeoutUs = s.TryTimeout(out long us) ? us : w.TimeoutUs };
                break;
            default:
                return false;
        }

        s.Draft.Swap = w;
        return true;
    }

    private static int? Priority(in Setting s, int? current)
    {
        if (s.IsReset)
            return null;
        if (Numbers.TrySigned(s.Value, -1, 32767, out long value))
            return (int)value;
        s.Warn($"'{s.Shown}' is no number from -1 to 32767, ignored");
        return current;
    }

    private static string? Text(in Setting s, string? current) =>
        s.IsReset ? null : s.TryExpand(out string text) ? text : current;

    private static string Path(in Setting s, string current) =>
        s.TryPath(s.Value, 0, absolute: true, out string path) ? path : current;
}
