using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Install;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Units.Install;
using InitTx.Units.Model;

namespace InitTx.Cli.Apply;

/// <summary>
/// What is not as a document has it: the states as the manager has them, and the enablement as the
/// links of the unit path have it. Changes nothing.
/// </summary>
internal static class DifferenceFinder
{
    /// <summary>
    /// The differences in the order of the document; an exit status when they cannot be told.
    /// </summary>
    public static int? Find(Session session, DesiredState desired, out List<Difference> differences)
    {
        differences = [];
        var states = new List<Difference>();
        string[] asked = [.. desired.Units.Where(u => u.State is not null).Select(u => u.Unit)];
        if (asked.Length > 0 && States(session, desired, asked, states) is { } failed)
            return failed;
        if (Enablement(session, desired, out Dictionary<string, Difference> enabled)
            is { } problem)
        {
            return problem;
        }

        foreach (DesiredUnit unit in desired.Units)
        {
            if (enabled.TryGetValue(unit.Unit, out Difference? change))
                differences.Add(change);
            differences.AddRange(states.Where(d => d.Unit == unit.Unit));
        }

        return null;
    }

    private static int? States(
        Session session, DesiredState desired, string[] asked, List<Difference> into)
    {
        using var manager = new Manager(session);
        var found = new Dictionary<string, UnitAnswer>(StringComparer.Ordinal);
        foreach (string[] part in asked.Chunk(PageUnits))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, part))
                || !manager.TryRead(AnswerJson.Default.UnitsAnswer, out UnitsAnswer answer))
            {
                return manager.Failure;
            }

            for (int i = 0; i < part.Length && i < answer.Units.Count; i++)
                found[part[i]] = answer.Units[i];
        }

        foreach (DesiredUnit unit in desired.Units)
        {
            if (unit.State is null || !found.TryGetValue(unit.Unit, out UnitAnswer? now))
                continue;
            bool isUp = now.State is "active" or "reloading";
            bool isDown = now.State is "inactive" or "failed";
            if (unit.State == "active" && now.LoadState == "not-found" && !isUp)
            {
                return session.Fail(
                    ExitCode.NoSuchUnit, $"{unit.Unit}: no such unit file", "nothing was changed");
            }

            if (unit.State == "active" ? !isUp : !isDown)
                into.Add(new Difference(unit.Unit, "state", now.State, unit.State));
        }

        return null;
    }

    private const int PageUnits = 64;

    private static int? Enablement(
        Session session, DesiredState desired, out Dictionary<string, Difference> changes)
    {
        changes = new Dictionary<string, Difference>(StringComparer.Ordinal);
        DesiredUnit[] asked = [.. desired.Units.Where(u => u.Enabled is not null)];
        if (asked.Length == 0)
            return null;
        InstallPlanner planner = new InstallFiles(session, "").Read(false, false, []);
        foreach (DesiredUnit unit in asked)
        {
            UnitFileState? now = planner.StateOf(UnitName.Parse(unit.Unit));
            if (now is null && unit.Enabled == "enabled")
            {
                return session.Fail(
                    ExitCode.NoSuchUnit, $"{unit.Unit}: no such unit file", "nothing was changed");
            }

            if (unit.Enabled == "enabled" && now is UnitFileState.Static or UnitFileState.Generated
                or UnitFileState.Transient or UnitFileState.Bad)
            {
                return session.Fail(
                    ExitCode.Refused,
                    $"{unit.Unit} cannot be enabled: it is {UnitFileStates.Word(now!.Value)}",
                    "others start it: initx tree --reverse " + unit.Unit, "nothing was changed");
            }

            if (!IsSo(unit.Enabled!, now))
            {
                string word = now is { } state ? UnitFileStates.Word(state) : "not-found";
                changes.Add(unit.Unit, new Difference(unit.Unit, "enabled", word, unit.Enabled!));
            }
        }

        return null;
    }

    /// <summary>Whether a unit's enablement is as the document has it.</summary>
    public static bool IsSo(string wanted, UnitFileState? now) => wanted switch
    {
        "enabled" => now is UnitFileState.Enabled or UnitFileState.Alias,
        "masked" => now is UnitFileState.Masked,
        _ => now is not (UnitFileState.Enabled or UnitFileState.EnabledRuntime
            or UnitFileState.Masked or UnitFileState.MaskedRuntime),
    };
}
