using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Lifecycle;

internal sealed class LifecycleTableTests
{
    [TestCase(UnitKind.Service, "states-service.md")]
    [TestCase(UnitKind.Socket, "states-socket.md")]
    [TestCase(UnitKind.Target, "states-target.md")]
    [TestCase(UnitKind.Mount, "states-mount.md")]
    [TestCase(UnitKind.Swap, "states-swap.md")]
    [TestCase(UnitKind.Timer, "states-timer.md")]
    [TestCase(UnitKind.Path, "states-path.md")]
    [TestCase(UnitKind.Automount, "states-automount.md")]
    public void The_page_of_a_type_is_what_its_machine_says(UnitKind kind, string file) =>
        Golden.Check(file, LifecycleGraph.Page(kind));

    [Test]
    public void Every_state_of_every_type_can_be_reached_and_left()
    {
        foreach (UnitKind kind in Enum.GetValues<UnitKind>())
        {
            List<LifecycleRow> rows = LifecycleGraph.Rows(kind);
            foreach (SubState state in LifecycleStates.Of(kind))
            {
                Assert.That(rows.Any(r => r.From == state && r.To is not null), $"{kind} leaves {state}");
                Assert.That(state == SubState.Dead || rows.Any(r => r.To == state), $"{kind} reaches {state}");
            }
        }
    }

    [Test]
    public void Every_service_state_takes_a_stop()
    {
        List<LifecycleRow> rows = LifecycleGraph.Rows(UnitKind.Service);
        foreach (SubState state in LifecycleStates.Of(UnitKind.Service))
            Assert.That(rows.Any(r => r.From == state && r.Trigger == "stop"), state.ToString());
    }

    [Test]
    public void Every_socket_state_takes_a_stop()
    {
        List<LifecycleRow> rows = LifecycleGraph.Rows(UnitKind.Socket);
        foreach (SubState state in LifecycleStates.Of(UnitKind.Socket))
            Assert.That(rows.Any(r => r.From == state && r.Trigger == "stop"), state.ToString());
    }

    [Test]
    public void Words_are_pinned()
    {
        string all = string.Join(' ', Enum.GetValues<SubState>().Select(StateWords.Of))
            + " | " + string.Join(' ', Enum.GetValues<ActiveState>().Select(StateWords.Of))
            + " | " + string.Join(' ', Enum.GetValues<UnitResult>().Select(StateWords.Of))
            + " | " + string.Join(' ', Enum.GetValues<ManagerState>().Select(ManagerStateWords.Of))
            + " | " + string.Join(' ', Enum.GetValues<ExecRole>().Select(ExecRoles.Word));
        Assert.That(all, Is.EqualTo(
            "dead condition start-pre start start-post running exited reload stop stop-watchdog "
            + "stop-sigterm stop-sigkill stop-post final-watchdog final-sigterm final-sigkill "
            + "failed auto-restart active start-chown listening plugged mounted waiting elapsed "
            + "mounting mounting-done remounting remounting-sigterm remounting-sigkill unmounting "
            + "unmounting-sigterm unmounting-sigkill activating activating-done deactivating "
            + "deactivating-sigterm deactivating-sigkill stop-pre stop-pre-sigterm "
            + "stop-pre-sigkill"
            + " | inactive active reloading failed activating deactivating"
            + " | success resources protocol timeout exit-code signal core-dump watchdog "
            + "exec-condition start-limit-hit oom-kill trigger-limit-hit service-start-limit-hit "
            + "unit-start-limit-hit mount-start-limit-hit"
            + " | initializing starting running degraded maintenance stopping"
            + " | main condition start-pre start-post reload stop stop-post mount "
            + "remount unmount swapon swapoff check verb stop-pre"));
    }

    [Test]
    public void Words_lead_back_to_what_they_stand_for()
    {
        foreach (SubState state in Enum.GetValues<SubState>())
            Assert.That(StateWords.TryParse(StateWords.Of(state), out SubState back) && back == state);
        foreach (UnitResult result in Enum.GetValues<UnitResult>())
            Assert.That(StateWords.TryParse(StateWords.Of(result), out UnitResult back) && back == result);
        Assert.That(StateWords.TryParse("no-such-state", out SubState _), Is.False);
        Assert.That(RecordWords.Of(RecordKind.Rejected), Is.EqualTo("rejected"));
    }
}
