using InitTx.Units.Model;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.exec(5), "Logging and Standard Input/Output".</summary>
internal static class ExecStreams
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "StandardInput":
                if (Input(s) is { } input)
                    d.Exec = d.Exec with { StandardInput = input };
                return true;
            case "StandardOutput":
                if (Output(s) is { } output)
                    d.Exec = d.Exec with { StandardOutput = output };
                return true;
            case "StandardError":
                if (Output(s) is { } error)
                    d.Exec = d.Exec with { StandardError = error };
                return true;
            case "TTYPath":
                if (s.IsReset)
                    d.Exec = d.Exec with { TtyPath = null };
                else if (s.TryPath(s.Value, 0, absolute: true, out string path))
                    d.Exec = d.Exec with { TtyPath = path };
                return true;
            case "SyslogIdentifier":
                if (s.TryExpand(out string identifier))
                    d.Exec = d.Exec with
                    {
                        SyslogIdentifier = identifier.Length == 0 ? null
                        : identifier
                    };
                return true;
            default:
                return false;
        }
    }

    private static StreamTarget? Input(in Setting s)
    {
        if (s.Value is "fd")
            return new StreamTarget(StandardStream.FdName, "stdin");
        if (s.Value.StartsWith("fd:", StringComparison.Ordinal))
            return FdName(s);
        if (s.Value.StartsWith("file:", StringComparison.Ordinal))
            return File(s, "file:", StandardStream.File);
        switch (s.Value)
        {
            case "null":
                return new StreamTarget(StandardStream.Null);
            case "tty":
                return new StreamTarget(StandardStream.Tty);
            case "tty-force":
                return new StreamTarget(StandardStream.TtyForce);
            case "tty-fail":
                return new StreamTarget(StandardStream.TtyFail);
            case "socket":
                return new StreamTarget(StandardStream.Socket);
            case "data":
                return new StreamTarget(StandardStream.Data);
            default:
                s.Warn($"'{s.Shown}' is not known, ignored; write null, tty, tty-force, "
                    + "tty-fail, socket, data, file:PATH or fd:NAME");
                return null;
        }
    }

    private static StreamTarget? Output(in Setting s)
    {
        if (s.Value is "fd")
            return new StreamTarget(StandardStream.FdName, s.Key == "StandardOutput" ? "stdout"
                : "stderr");
        if (s.Value.StartsWith("fd:", StringComparison.Ordinal))
            return FdName(s);
        if (s.Value.StartsWith("file:", StringComparison.Ordinal))
            return File(s, "file:", StandardStream.File);
        if (s.Value.StartsWith("append:", StringComparison.Ordinal))
            return File(s, "append:", StandardStream.Append);
        if (s.Value.StartsWith("truncate:", StringComparison.Ordinal))
            return File(s, "truncate:", StandardStream.Truncate);
        StandardStream? kind = s.Value switch
        {
            "inherit" => StandardStream.Inherit,
            "null" => StandardStream.Null,
            "tty" => StandardStream.Tty,
            "journal" or "syslog" => StandardStream.Journal,
            "journal+console" or "syslog+console" => StandardStream.JournalConsole,
            "kmsg" => StandardStream.Kmsg,
            "kmsg+console" => StandardStream.KmsgConsole,
            "socket" => StandardStream.Socket,
            _ => null,
        };
        if (s.Value.StartsWith("syslog", StringComparison.Ordinal) && kind is not null)
            s.Warn($"'{s.Value}' is obsolete and taken as "
                + $"'{s.Value.Replace("syslog", "journal", StringComparison.Ordinal)}'");
        if (kind is { } known)
            return new StreamTarget(known);
        s.Warn($"'{s.Shown}' is not known, ignored; write null, inherit, tty, journal, kmsg, "
            + "socket, file:, append:, truncate:PATH or fd:NAME");
        return null;
    }

    private static StreamTarget? FdName(in Setting s)
    {
        if (!s.TryExpand(s.Value["fd:".Length..], "fd:".Length, out string name))
            return null;
        bool valid = name.Length is > 0 and <= 255;
        foreach (char c in name)
            valid &= c is >= ' ' and < '\x7f' and not ':';
        if (valid)
            return new StreamTarget(StandardStream.FdName, name);
        s.Warn($"'{name}' is no descriptor name, ignored");
        return null;
    }

    private static StreamTarget? File(in Setting s, string prefix, StandardStream kind) =>
        s.TryPath(s.Value[prefix.Length..], prefix.Length, absolute: true, out string path)
            ? new StreamTarget(kind, path)
            : null;
}
