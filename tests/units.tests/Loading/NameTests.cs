using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// Which files make up a unit: precedence, aliases, masks, templates, drop-ins, links.
/// </summary>
public sealed class NameTests
{
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    [Test]
    public void The_higher_directory_hides_the_whole_file()
    {
        UnitDefinition unit = new TextTree()
            .File("a.service", "[Unit]\nDescription=high\n" + Run)
            .File("/usr/lib/systemd/system/a.service", "[Unit]\nDescription=low\nWants=b.service\n"
                + Run)
            .Load("a.service");
        Assert.That(unit.Description, Is.EqualTo("high"));
        Assert.That(unit.FragmentPath, Is.EqualTo("/etc/systemd/system/a.service"));
        Assert.That(unit.Dependencies.Any(d => d.Kind == DependencyKind.Wants), Is.False);
    }

    [Test]
    public void An_alias_leads_to_the_unit_under_its_own_name()
    {
        var tree = new TextTree()
            .Link("dbus-org.example.service", "/usr/lib/systemd/system/real.service")
            .File("/usr/lib/systemd/system/real.service", Run)
            .File("user.service", "[Unit]\nAfter=dbus-org.example.service\n" + Run);
        var loader = tree.Loader();
        UnitDefinition unit = loader.Load(UnitName.Parse("dbus-org.example.service"));
        Assert.That(unit.Name.Value, Is.EqualTo("real.service"));
        Assert.That(unit.Aliases.Single().Value, Is.EqualTo("dbus-org.example.service"));
        Assert.That(loader.Load(UnitName.Parse("real.service")), Is.SameAs(unit));
        Assert.That(Edges(loader.Load(UnitName.Parse("user.service")), DependencyKind.After),
            Does.Contain("real.service"));
    }

    [TestCase("link to /dev/null")]
    [TestCase("empty file")]
    public void A_masked_unit_says_so(string how)
    {
        var tree = new TextTree().File("/usr/lib/systemd/system/a.service", Run);
        _ = how == "empty file" ? tree.File("a.service", "") : tree.Mask("a.service");
        UnitDefinition unit = tree.Load("a.service");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.Masked));
        Assert.That(unit.LoadError, Does.StartWith("/etc/systemd/system/a.service: is "));
    }

    [Test]
    public void A_unit_without_file_is_not_found()
    {
        UnitDefinition unit = new TextTree().Load("nope.service");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.NotFound));
        Assert.That(unit.LoadError, Does.Contain("nope.service"));
    }

    [Test]
    public void An_instance_takes_the_template_and_a_file_of_its_own_goes_first()
    {
        var tree = new TextTree()
            .File("t@.service", "[Unit]\nDescription=template %i\n" + Run)
            .File("t@own.service", "[Unit]\nDescription=own\n" + Run);
        Assert.That(tree.Load("t@x.service").Description, Is.EqualTo("template x"));
        Assert.That(tree.Load("t@own.service").Description, Is.EqualTo("own"));
        Assert.That(tree.Load("t@x.service").Slice.Value, Is.EqualTo("system-t.slice"));
    }

    [Test]
    public void A_template_by_itself_cannot_be_loaded()
    {
        UnitDefinition unit = new TextTree().File("t@.service", Run).Load("t@.service");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.BadSetting));
        Assert.That(unit.LoadError, Does.Contain("t@NAME.service"));
    }

    [Test]
    public void Drop_ins_of_name_template_prefix_and_type_apply_in_order_of_file_name()
    {
        const string D = "/usr/lib/systemd/system/";
        UnitDefinition unit = new TextTree()
            .File(D + "di-a-b.service", "[Service]\nExecStart=/bin/true\nEnvironment=X=0\n")
            .File(D + "service.d/05-t.conf", "[Service]\nEnvironment=X=5 T=1\n")
            .File(D + "di-a-b.service.d/10-n.conf", "[Service]\nEnvironment=X=10 N=1\n")
            .File(D + "di-a-.service.d/20-p.conf", "[Service]\nEnvironment=X=20 P=1\n")
            .File(D + "di-.service.d/30-q.conf", "[Service]\nEnvironment=X=30 Q=1\n")
            .File(D + "di-.service.d/10-n.conf", "[Service]\nEnvironment=HIDDEN=1\n")
            .File("di-.service.d/40-e.conf", "[Service]\nEnvironment=E=1\n")
            .File(D + "di-a-b.service.d/40-e.conf", "[Service]\nEnvironment=HIDDEN=2\n")
            .Mask("di-a-b.service.d/50-m.conf")
            .File(D + "di-a-b.service.d/50-m.conf", "[Service]\nEnvironment=HIDDEN=3\n")
            .Load("di-a-b.service");
        Assert.That(string.Join(' ', unit.Exec!.Environment.Select(v => $"{v.Key}={v.Value}")),
            Is.EqualTo("X=30 T=1 N=1 P=1 Q=1 E=1"));
        Assert.That(unit.DropInPaths.Select(p => p[(p.LastIndexOf('/') + 1)..]),
            Is.EqualTo(new[] { "05-t.conf", "10-n.conf", "20-p.conf", "30-q.conf", "40-e.conf" }));
    }

    [Test]
    public void A_drop_in_can_clear_and_replace_a_command()
    {
        UnitDefinition unit = new TextTree().File("a.service", Run)
            .File("a.service.d/o.conf", "[Service]\nExecStart=\nExecStart=/bin/other\n")
                .Load("a.service");
        Assert.That(unit.Service!.ExecStart.Single().Path, Is.EqualTo("/bin/other"));
        Assert.That(unit.Settings.Count(s => s.Key == "ExecStart"), Is.EqualTo(1));
    }

    [Test]
    public void A_fatal_fault_in_a_drop_in_ends_the_drop_in_and_not_the_unit()
    {
        UnitDefinition unit = new TextTree().File("a.service", Run)
            .File("a.service.d/1.conf", "[Service]\nExecStartPre=/bin/a\nExecStartPre=/bin/b "
                + "%z\nExecStartPre=/bin/c\n")
            .Load("a.service");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.Loaded));
        Assert.That(unit.Service!.ExecStartPre.Single().Path, Is.EqualTo("/bin/a"));
        Assert.That(unit.Diagnostics.Single(d =>
            d.Severity == DiagnosticSeverity.Error).Location.ToString(),
            Is.EqualTo("/etc/systemd/system/a.service.d/1.conf:3"));
    }

    [Test]
    public void Links_in_wants_requires_and_upholds_are_edges_with_the_link_as_reason()
    {
        UnitDefinition unit = new TextTree()
            .File("x.target", "[Unit]\nDescription=x\n")
            .File("w.service", Run)
            .Link("x.target.wants/w.service", "/etc/systemd/system/w.service")
            .Link("x.target.requires/gone.service", "/nowhere/gone.service")
            .Link("x.target.upholds/t@.service", "/etc/systemd/system/t@.service")
            .Mask("x.target.wants/masked.service")
            .File("x.target.wants/file.service", "no link")
            .Load("x.target");
        Assert.That(Show(unit, DependencyOrigin.Directory), Is.EqualTo(
            "Requires gone.service /etc/systemd/system/x.target.requires/gone.service, "
            + "Wants w.service /etc/systemd/system/x.target.wants/w.service, "
            + "Upholds t@x.service /etc/systemd/system/x.target.upholds/t@.service"));
        Assert.That(unit.Diagnostics.Single().Message, Does.Contain("not a link"));
    }

    [Test]
    public void A_wants_directory_of_an_alias_counts_for_the_unit()
    {
        UnitDefinition unit = new TextTree()
            .File("/usr/lib/systemd/system/graphical.target", "[Unit]\nDescription=g\n")
            .Link("default.target", "/usr/lib/systemd/system/graphical.target")
            .Link("default.target.wants/a.service", "/x/a.service")
            .Load("graphical.target");
        Assert.That(Edges(unit, DependencyKind.Wants), Is.EqualTo(new[] { "a.service" }));
    }

    [Test]
    public void A_link_of_its_own_name_is_passed_over_and_one_of_another_type_is_named()
    {
        var tree = new TextTree()
            .Link("a.service", "/usr/lib/systemd/system/a.service")
            .File("/usr/lib/systemd/system/a.service", "[Unit]\nDescription=low\n" + Run)
            .Link("b.service", "/usr/lib/systemd/system/b.target");
        Assert.That(tree.Load("a.service").Description, Is.EqualTo("low"));
        Assert.That(tree.Loader().Diagnostics.Single().Location.Path,
            Is.EqualTo("/etc/systemd/system/b.service"));
    }

    [Test]
    public void Links_in_a_circle_are_not_found_and_named()
    {
        UnitDefinition unit = new TextTree()
            .Link("a.service", "/etc/systemd/system/b.service")
            .Link("b.service", "/etc/systemd/system/a.service")
            .Load("a.service");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.NotFound));
        Assert.That(unit.LoadError, Does.Contain("more than 8"));
    }

    [Test]
    public void Without_any_file_there_is_a_way_to_a_rescue_shell_and_to_shut_down()
    {
        var loader = new TextTree().Loader();
        UnitDefinition target = loader.Load(UnitName.Parse("default.target"));
        Assert.That(target.Name.Value, Is.EqualTo("rescue.target"));
        Assert.That(Edges(target, DependencyKind.Requires),
            Is.EqualTo(new[] { "rescue.service", "sysinit.target" }));
        UnitDefinition shell = loader.Load(UnitName.Parse("rescue.service"));
        Assert.That(shell.LoadState, Is.EqualTo(UnitLoadState.Loaded), shell.LoadError);
        foreach (string name in new[] { "shutdown.target", "poweroff.target", "reboot.target",
            "-.slice", "system.slice", "init.scope" })
        {
            UnitDefinition unit = loader.Load(UnitName.Parse(name));
            Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.Loaded), name);
            Assert.That(unit.Diagnostics, Is.Empty, name);
        }
    }

    private static IEnumerable<string> Edges(UnitDefinition unit, DependencyKind kind) =>
        unit.Dependencies.Where(d => d.Kind == kind).Select(d => d.Target.Value);

    private static string Show(UnitDefinition unit, DependencyOrigin origin) =>
        string.Join(", ", unit.Dependencies.Where(d => d.Origin == origin)
            .Select(d => $"{d.Kind} {d.Target} {d.Source}"));
}
