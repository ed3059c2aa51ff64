using InitTx.Cli.Hosting;
using InitTx.Units.Loading;

namespace InitTx.Cli.Offline;

/// <summary>
/// The unit files of a directory or of a system that does not run, read as initxd reads them.
/// </summary>
internal sealed class OfflineUnits
{
    private OfflineUnits(UnitLoader loader) => Loader = loader;

    /// <summary>The catalogue.</summary>
    public UnitLoader Loader { get; }

    /// <param name="unitPath">--unit-path; null for the default.</param>
    /// <param name="root">--root without a slash at the end; empty for this system.</param>
    /// <param name="first">Directories that go before all others.</param>
    public static OfflineUnits Read(
        Session session, string? unitPath, string root, IReadOnlyList<string> first)
    {
        ManagerScope scope = session.Options.User ? ManagerScope.User : ManagerScope.System;
        IReadOnlyList<string> defaults = scope == ManagerScope.User
            ? UserPath(session)
            : UnitPath.Default(ManagerScope.System);
        IReadOnlyList<string> path =
            unitPath is null ? defaults : UnitPath.Parse(unitPath, defaults);
        UnitFileTree tree = DirectoryUnitSource.Read(
            [.. first, .. path.Where(d => !first.Contains(d))], LoadLimits.Default, root);
        return new OfflineUnits(
            new UnitLoader(tree, OfflineFacts.Read(session, scope, root), LoadLimits.Default));
    }

    private static IReadOnlyList<string> UserPath(Session session)
    {
        string home = session.Host.Environment("HOME") ?? "";
        string Or(string variable, string otherwise) =>
            session.Host.Environment(variable) is { Length: > 0 } value ? value : otherwise;
        return UnitPath.User(
            Or("XDG_CONFIG_HOME", home + "/.config"),
            Or("XDG_DATA_HOME", home + "/.local/share"),
            Or("XDG_RUNTIME_DIR", ""),
            Or("XDG_DATA_DIRS", ""));
    }
}
