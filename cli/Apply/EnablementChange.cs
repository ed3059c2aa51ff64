using InitTx.Cli.Hosting;
using InitTx.Cli.Install;
using InitTx.Units.Install;
using InitTx.Units.Model;

namespace InitTx.Cli.Apply;

/// <summary>
/// Makes the links of an `apply` and can take them back. Masks go first: what they hide has no
/// [Install] section to enable by. All links are made, or none.
/// </summary>
internal sealed class EnablementChange(Session session)
{
    private readonly Stack<Func<string?>> _back = new();
    private readonly List<string> _done = [];

    /// <summary>What was done, a sentence each.</summary>
    public IReadOnlyList<string> Done => _done;

    /// <summary>Makes them; null, or why nothing was changed.</summary>
    public string? Make(IReadOnlyList<Difference> differences)
    {
        string? problem = Step(p => p.Unmask(Names(differences, d => d.From is "masked")))
            ?? Step(p => p.Enable(Names(differences, d => d.To == "enabled")))
            ?? Step(p => p.Disable(Names(
                differences, d => d.To == "disabled" && d.From != "masked")))
            ?? Step(p => p.Mask(Names(differences, d => d.To == "masked")));
        problem ??= StillDifferent(differences);
        if (problem is null)
            return null;
        return TakeBack() is { } worse ? $"{problem}; taking it back failed: {worse}" : problem;
    }

    /// <summary>Undoes what was made; null, or what could not be.</summary>
    public string? TakeBack()
    {
        while (_back.TryPop(out Func<string?>? step))
        {
            if (step() is { } problem)
                return problem;
        }

        _done.Clear();
        return null;
    }

    private string? Step(Func<InstallPlanner, InstallPlan> make)
    {
        InstallPlan plan = make(new InstallFiles(session, "").Read(false, true, []));
        if (plan.Errors.Concat(plan.Missing).FirstOrDefault() is { } error)
            return error;
        if (plan.Changes.Count == 0)
            return null;
        if (LinkFiles.Apply("", plan.Changes, out Func<string?> back) is { } failed)
            return failed;
        _back.Push(back);
        foreach (LinkChange change in plan.Changes)
            _done.Add(change.ToString());
        return null;
    }

    // A file that comes first on the unit path hides a link: then it says something else.
    private string? StillDifferent(IReadOnlyList<Difference> differences)
    {
        if (_done.Count == 0)
            return null;
        InstallPlanner now = new InstallFiles(session, "").Read(false, false, []);
        foreach (Difference wanted in differences)
        {
            UnitFileState? state = now.StateOf(UnitName.Parse(wanted.Unit));
            if (!DifferenceFinder.IsSo(wanted.To, state))
            {
                string word = state is { } known ? UnitFileStates.Word(known) : "not-found";
                return $"{wanted.Unit} would still be {word}: a file of its own comes first on "
                    + "the unit path";
            }
        }

        return null;
    }

    private static UnitName[] Names(
        IReadOnlyList<Difference> differences, Func<Difference, bool> which) =>
        [.. differences.Where(which).Select(d => UnitName.Parse(d.Unit))];
}
