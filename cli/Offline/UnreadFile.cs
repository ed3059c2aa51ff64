using InitTx.Cli.Hosting;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Cli.Offline;

/// <summary>
/// A unit file that lies where the manager reads its units but came after it did: what looks like
/// a unit that does not exist is one daemon-reload away.
/// </summary>
internal static class UnreadFile
{
    /// <summary>
    /// What to do about a unit that the manager does not know; null when there is no file either.
    /// </summary>
    public static string? Hint(Session session, string unit) =>
        Find(session, unit) is { } path
            ? $"{path} is there, but the manager has not read it: initx daemon-reload"
            : null;

    /// <summary>The file of the unit, or of its template, on the default unit path.</summary>
    public static string? Find(Session session, string unit)
    {
        if (!UnitName.TryParse(unit, out UnitName name))
            return null;
        ManagerScope scope = session.Options.User ? ManagerScope.User : ManagerScope.System;
        string[] files = name.IsInstance ? [unit, name.Template.Value] : [unit];
        return OfflineUnits.DefaultPath(session, scope)
            .SelectMany(directory => files.Select(file => $"{directory}/{file}"))
            .FirstOrDefault(File.Exists);
    }
}
