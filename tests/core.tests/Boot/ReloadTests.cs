using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Boot;

/// <summary>daemon-reload: what runs keeps running, and what is broken on disk is said.</summary>
public sealed class ReloadTests
{
    private const string Problem = "/etc/a.service:2: Type=: no such type";

    private static World Booted(bool up)
    {
        var world = new World(Make.Service("a.service"), Make.Service("b.service"));
        world.Start("b.service");
        world.RunSpawns();
        if (up)
        {
            world.Start("a.service");
            world.RunSpawns();
        }
        else
        {
            _ = world["a.service"];
        }

        world.Records.Clear();
        return world;
    }

    private static void Reload(World world, params UnitDefinition[] units)
    {
        var next = new TableCatalog();
        foreach (UnitDefinition unit in units)
            next.Add(unit);
        world.Send(new EngineEvent.CatalogReplaced(next, default, null));
    }

    private static UnitDefinition Broken() => Make.Service("a.service") with
    {
        LoadState = UnitLoadState.BadSetting,
        LoadError = Problem,
        ContentDigest = "1",
    };

    [Test]
    public void Limits_are_written_anew_when_a_definition_has_changed_and_only_then()
    {
        World world = Booted(up: true);
        world.Effects.Clear();
        Reload(world, Make.Service("a.service"), Make.Service("b.service"));
        Assert.That(world.Effects, Has.No.Member(Effect.ApplyResources.Instance));
        Reload(world, Make.Service("a.service") with { ContentDigest = "2" },
            Make.Service("b.service"));
        Assert.That(world.Effects, Has.Member(Effect.ApplyResources.Instance));
    }

    [Test]
    public void Limits_that_cannot_be_had_are_a_row_of_the_unit()
    {
        World world = Booted(up: true);
        world.Send(new EngineEvent.ResourcesLost(
            world["a.service"].Id, "MemoryMax=: no memory controller here"));
        JournalRecord row = world.Records.Single();
        Assert.That((row.Kind, row.Unit, row.Text, row.CauseSeq), Is.EqualTo((
            RecordKind.Config, "a.service",
            "not applied: MemoryMax=: no memory controller here", world["a.service"].SinceSeq)));
        Assert.That(world["a.service"].Active, Is.EqualTo(ActiveState.Active));
    }

    [Test]
    public void A_mount_that_never_had_a_file_is_nothing_to_speak_of()
    {
        World world = Booted(up: true);
        world.KernelHas("proc-bus.mount");
        Assert.That(world["proc-bus.mount"].Active, Is.EqualTo(ActiveState.Active));
        Reload(world, Make.Service("a.service"), Make.Service("b.service"));
        Assert.That(world["proc-bus.mount"].DiskProblem, Is.Null);
        Assert.That(Texts(world), Has.None.Contains("proc-bus"));
    }

    [Test]
    public void A_broken_file_of_a_unit_that_is_up_is_a_row_and_stays_to_be_seen()
    {
        World world = Booted(up: true);
        UnitDefinition before = world["a.service"].Definition;
        Reload(world, Broken(), Make.Service("b.service"));
        Assert.That(world["a.service"].Definition, Is.SameAs(before));
        Assert.That(world["a.service"].DiskProblem, Does.Contain(Problem));
        Assert.That(Texts(world), Has.Some.Contains(Problem).And.Some.Contains("keeps its old"));
    }

    [Test]
    public void A_broken_file_of_a_unit_that_is_down_takes_effect_and_is_a_row()
    {
        World world = Booted(up: false);
        Reload(world, Broken(), Make.Service("b.service"));
        Assert.That(world["a.service"].Definition.LoadState, Is.EqualTo(UnitLoadState.BadSetting));
        Assert.That(world["a.service"].DiskProblem, Is.Null);
        Assert.That(Texts(world), Has.Some.Contains("cannot be started any more"));
    }

    [Test]
    public void What_is_masked_while_it_is_up_runs_on_and_cannot_be_started_again()
    {
        World world = Booted(up: true);
        UnitDefinition mask = Make.Service("a.service") with
        {
            LoadState = UnitLoadState.Masked,
            ContentDigest = "",
        };
        Reload(world, mask, Make.Service("b.service"));
        Assert.That(Texts(world), Has.Some.Contains("cannot be started again"));
        Assert.That(world.Outcome(world.Start("a.service")), Is.EqualTo("refused"));
        Assert.That(
            world.Outcome(world.Request(RequestVerb.Restart, "a.service")), Is.EqualTo("refused"));
        Assert.That(world.State("a.service"), Is.EqualTo("running"));
        Assert.That(world["a.service"].Definition.LoadState, Is.EqualTo(UnitLoadState.Masked));
        RequestId stop = world.Stop("a.service");
        world.MainExits("a.service", 15, ExitKind.Killed);
        world.RunSpawns();
        Assert.That(world.Outcome(stop), Is.EqualTo("committed"));
        Assert.That(world.Outcome(world.Start("a.service")), Is.EqualTo("refused"));
        Reload(world, Make.Service("a.service"), Make.Service("b.service"));
        world.StartAndRun("a.service");
        Assert.That(world.State("a.service"), Is.EqualTo("running"), "unmasked");
    }

    [Test]
    public void A_mended_file_takes_the_complaint_back()
    {
        World world = Booted(up: true);
        Reload(world, Broken(), Make.Service("b.service"));
        UnitDefinition mended = Make.Service("a.service") with { ContentDigest = "2" };
        Reload(world, mended, Make.Service("b.service"));
        Assert.That(world["a.service"].DiskProblem, Is.Null);
        Assert.That(world["a.service"].Definition.ContentDigest, Is.EqualTo("2"));
    }

    [Test]
    public void The_row_counts_what_changed()
    {
        World world = Booted(up: true);
        UnitDefinition other = Make.Service("a.service") with { ContentDigest = "2" };
        Reload(world, other, world["b.service"].Definition);
        Assert.That(Texts(world), Has.Some.Match("daemon-reload: .* looked at, 1 changed"));
    }

    private static string[] Texts(World world) =>
        [.. world.Records.Where(r => r.Kind == RecordKind.Config).Select(r => r.Text ?? "")];
}
