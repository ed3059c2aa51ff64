using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Recovery;

/// <summary>
/// CVE-2018-15686: a line of STATUS= that was too long became the next lines of the state that a
/// re-exec reads.
/// </summary>
internal sealed class HostileStatusTests
{
    private static readonly string[] Texts =
    [
        "",
        new('x', 1_024),
        new('x', 1_025),
        new('x', 100_000),
        new string('x', 1_020) + "\nmain-pid=1\nstate=dead\n",
        "main-pid=1\nmain-pid=1\nuid=0",
        "a\0b\0\0\0\0\0\0\0\0",
        "\ufffd \uffff",
        "\u00ff\u00ff\u00ff\u00ff",
    ];

    private static IEnumerable<int> Numbers => Enumerable.Range(0, Texts.Length);

    // By number: some are no names that a report could hold.
    [TestCaseSource(nameof(Numbers))]
    public void CVE_2018_15686_a_status_over_a_re_exec_is_a_status_and_nothing_else(int number)
    {
        World world = Said(Texts[number]);
        World plain = Said("x");
        Assert.That(world.Store["b.service"], Is.EqualTo(plain.Store["b.service"]));
        string? status = world["a.service"].StatusText;
        Assert.That(status, Has.Length.LessThanOrEqualTo(world.Limits.StatusText));
        world.Reexec();
        Assert.That(
            (world.State("a.service"), world["a.service"].MainProcess),
            Is.EqualTo((plain.State("a.service"), plain["a.service"].MainProcess)), world.Dump());
        Assert.That(
            (world.State("b.service"), world["b.service"].MainProcess),
            Is.EqualTo((plain.State("b.service"), plain["b.service"].MainProcess)), world.Dump());
        Assert.That(world["a.service"].StatusText, Is.EqualTo(status));
    }

    private static World Said(string text)
    {
        var world = new World(
            Make.Service("a.service", ServiceType.Notify), Make.Service("b.service"));
        world.StartAndRun("a.service");
        world.StartAndRun("b.service");
        world.Notify("a.service", new NotifyMessage { Ready = true });
        world.Notify("a.service", new NotifyMessage { Status = text });
        return world;
    }
}
