using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>What people read, word for word.</summary>
public sealed class TextTests : ManagerFixture
{
    [Test]
    public void Status_list_tree_history_and_why_are_as_recorded()
    {
        Run("start", "web", "--reason=first light");
        Golden.Check("status.txt", Stable(Run("status").Out));
        Golden.Check("status-web.txt", Stable(Run("status", "web", "-n", "3").Out));
        Golden.Check("list.txt", Run("list").Out);
        Golden.Check("tree.txt", Stable(Run("tree", "multi-user.target").Out
            + Run("tree", "db", "--reverse").Out));
        Golden.Check("history.txt", Run("history", "web").Out);
        Golden.Check("why.txt", Stable(Run("why", "db").Out));
        Golden.Check("tx.txt", Run("tx").Out + Run("tx", "1").Out);
        Golden.Check("plan.txt", Stable(Run("plan", "stop", "db").Out));
    }

    [Test]
    public void On_a_terminal_the_outcome_is_one_line_in_colour()
    {
        CliRun run = CliRun.Of(
            ["start", "web"],
            Manager.SocketPath,
            terminal: true,
            environment: new Dictionary<string, string> { ["TERM"] = "xterm" });
        Assert.That(run.Out, Does.EndWith("\e[32mtransaction 1 committed\e[0m\n"));
    }

    [Test]
    public void A_failure_is_as_recorded()
    {
        Manager.Broken.Add("db.service");
        CliRun run = Run("start", "web");
        Golden.Check("failure.txt", Stable(run.Out + run.Error));
    }

    [Test]
    public void A_refusal_is_as_recorded() =>
        Golden.Check("refusal.txt", Stable(Run("start", "loop-a").Error));
}
