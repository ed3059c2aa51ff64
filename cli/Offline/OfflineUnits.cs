using InitTx.Cli.Hosting;
using InitTx.Cli.Install;
using InitTx.Units.Install;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Cli.Offline;

/// <summary>
/// The unit files of a directory or of a system that does not run, read as initxd reads them.
/// </summary>
internal sealed class OfflineUnits
{
    private readonly Lazy<InstallPlanner> _states;

    private OfflineUnits(UnitLoader loader, Lazy<InstallPlanner> states)
    {
        Loader = loader;
        _states = states;
    }

    /// <summary>The catalogue.</summary>
    public UnitLoader Loader { get; }

    /// <summary>is-enabled's word for a unit; null when it has no file.</summary>
    public string? StateOf(UnitName unit) => _states.Value.StateOf(unit) is { } state
        ? UnitFileStates.Word(state)
        : null;

    /// <param name="unitPath">--unit-path; null for the default.</param>
    /// <param name="root">--root without a slash at the end; empty for this system.</param>
    /// <param name="first">Directories that go before all others.</param>
    public static OfflineUnits Read(
        Session session, string? unitPath, string root, IReadOnlyList<string> first)
    {
        ManagerScope scope = session.Options.User ? ManagerScope.User : ManagerScope.System;
        IReadOnlyList<string> defaults = DefaultPath(session, scope);
        IReadOnlyList<string> path =
            unitPath is null ? defaults : UnitPath.Parse(unitPath, defaults);
        UnitFileTree tree = DirectoryUnitSource.Read(
            [.. first, .. path.Where(d => !first.Contains(d))], LoadLimits.Default, root);
        SpecifierContext facts = OfflineFacts.Read(session, scope, root);
        return new OfflineUnits(
            new UnitLoader(tree, facts, LoadLimits.Default),
            new Lazy<InstallPlanner>(() => new InstallPlanner(
                tree, facts, LoadLimits.Default, new InstallFiles(session, root).Directories)));
    }

    /// <summary>The unit path that a manager of this scope would read.</summary>
    public static IReadOnlyList<string> DefaultPath(Session session, ManagerScope scope) =>
        scope == ManagerScope.System ? UnitPath.System : session.Places.UnitPath;

    /// <summary>A variable of the environment that is set and not empty, or a default.</summary>
    public static string Or(Session session, string variable, string otherwise) =>
        session.Host.Environment(variable) is { Length: > 0 } value ? value : otherwise;
}
