using InitTx.Cli.Hosting;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>`initx status` for people.</summary>
internal static class ManagerView
{
    private const int FailedShown = 10;

    public static void Write(Session session, ManagerAnswer manager)
    {
        Paint paint = session.Paint;
        string state = SafeText.Clean(manager.State);
        string painted = manager.State switch
        {
            "running" => paint.Good(state),
            "degraded" or "maintenance" => paint.Bad(state),
            _ => paint.Warn(state),
        };
        var fields = new Fields(session, "Journal");
        fields.AddPainted("State", painted);
        fields.Add("Version", $"{manager.Version}, pid {manager.Pid}, rung {manager.Rung}");
        fields.Add("Up", Durations.Format(TimeSpan.FromSeconds(manager.Uptime)));
        fields.Add("Boot", manager.Boot);
        UnitCountsAnswer units = manager.Units;
        fields.Add(
            "Units",
            $"{units.Total}: {units.Active} active, {units.Failed} failed, "
                + $"{units.Inactive} inactive{Moving(units)}");
        if (manager.Jobs > 0)
            fields.Add("Jobs", $"{manager.Jobs} (initx jobs)");
        fields.AddPainted("Failed", paint.Bad(SafeText.Clean(Shorten(manager.Failed))));
        fields.Add(
            "Journal",
            $"{manager.Journal.Level}, {manager.Journal.Rows} rows, {manager.Journal.Gaps} gaps, "
                + $"archive {manager.Journal.Archive}");
        fields.Add("Crashes", $"{manager.Crashes} in this boot, {manager.Reexecs} re-executions");
        foreach (string missing in manager.Missing)
            fields.Add("Missing", missing);
    }

    private static string Moving(UnitCountsAnswer units)
    {
        int moving = units.Activating + units.Deactivating + units.Reloading;
        return moving == 0 ? "" : $", {moving} in motion";
    }

    private static string Shorten(IReadOnlyList<string> failed) => failed.Count <= FailedShown
        ? string.Join(' ', failed)
        : $"{string.Join(' ', failed.Take(FailedShown))} and {failed.Count - FailedShown} more";
}
