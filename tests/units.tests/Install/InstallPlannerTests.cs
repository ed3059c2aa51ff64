using InitTx.Units.Install;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Install;

/// <summary>
/// The steps and words of enable, disable, mask, unmask and preset (systemctl(1)); the oracle layer
/// compares the same verbs with systemctl itself.
/// </summary>
public sealed class InstallPlannerTests
{
    private const string Run = "[Service]\nExecStart=/bin/true\n[Install]\n";
    private const string Etc = TextTree.Etc;
    private const string Usr = TextTree.Usr;

    [TestCase("WantedBy=multi-user.target\n", "+multi-user.target.wants/a.service "
        + "?unit USR/a.service is added as a dependency to a non-existent unit multi-user.target")]
    [TestCase("WantedBy=t.target\nRequiredBy=t.target\nUpheldBy=t.target\nAlias=b.service\n",
        "+b.service +t.target.wants/a.service +t.target.requires/a.service "
            + "+t.target.upholds/a.service")]
    [TestCase("Alias=b.socket\n",
        "!cannot alias a.service as b.socket: they are of different types")]
    [TestCase("Alias=b@.service\n", "!cannot alias a.service as b@.service: only one of the two is "
        + "a template or an instance")]
    [TestCase("Alias=b@i.service\n", "!cannot alias a.service as b@i.service: only one of the two "
        + "is a template or an instance")]
    [TestCase("Also=gone.service\nAlias=b.service\n", "+b.service "
        + "?unit gone.service, named by Also= in USR/a.service, does not exist")]
    [TestCase("Also=m.service\nAlias=b.service\n",
        "+b.service ?unit USR/m.service is masked, ignoring")]
    [TestCase("Also=c.service\nAlias=b.service\n", "+b.service +d.service")]
    [TestCase("Also=a.service c.service\nAlias=b.service\n", "+b.service +d.service")]
    [TestCase("Alias=file.service\n", "!file ETC/file.service already exists")]
    [TestCase("Alias=link.service\n", "!file ETC/link.service already exists and is a symlink to "
        + "USR/c.service; --force replaces it")]
    [TestCase("Alias=dangling.service\n", "-dangling.service +dangling.service")]
    [TestCase("", "")]
    public void Enable_makes_the_links_of_the_install_section(string install, string steps) =>
        Assert.That(Show(Planner(install).Enable([UnitName.Parse("a.service")])),
            Is.EqualTo(steps));

    [Test]
    public void Force_replaces_a_link_but_no_file()
    {
        UnitName[] a = [UnitName.Parse("a.service")];
        Assert.That(Show(Planner("Alias=link.service\n", force: true).Enable(a)),
            Is.EqualTo("-link.service +link.service"));
        Assert.That(Show(Planner("Alias=file.service\n", force: true).Enable(a)),
            Is.EqualTo("!file ETC/file.service already exists"));
    }

    [TestCase("gone.service", "~unit gone.service does not exist")]
    [TestCase("m.service", "!unit USR/m.service is masked")]
    [TestCase("link.service", "!link.service is another name of c.service, made by a link in ETC: "
        + "name c.service itself")]
    [TestCase("dangling.service", "~unit dangling.service does not exist: ETC/dangling.service is "
        + "a link to /srv/nothing.service, which does not exist")]
    public void Of_several_names_one_that_cannot_be_meant_stops_all(string name, string words) =>
        Assert.That(Show(Planner("Alias=b.service\n").Enable(
            [UnitName.Parse("a.service"), UnitName.Parse(name)])), Is.EqualTo(words));

    [TestCase("run@x.service", "+t.target.wants/run@x.service")]
    [TestCase("run@.service", "+t.target.wants/run@d.service")]
    [TestCase("bare@.service", "!bare@.service is a template without DefaultInstance=, and "
        + "destination unit t.target is none: name an instance, as in bare@NAME.service")]
    [TestCase("bare@x.service", "+t.target.wants/bare@x.service")]
    [TestCase("named@x.service", "+other@x.service")]
    [TestCase("named@.service", "+other@.service")]
    public void A_template_is_enabled_by_its_instance(string name, string steps)
    {
        UnitFileTree tree = new TextTree()
            .File($"{Usr}/t.target", "[Unit]\nDescription=t\n")
            .File($"{Usr}/run@.service", Run + "DefaultInstance=d\nWantedBy=t.target\n")
            .File($"{Usr}/bare@.service", Run + "WantedBy=t.target\n")
            .File($"{Usr}/named@.service", Run + "Alias=other@.service\n").Build();
        Assert.That(Show(Planner(tree).Enable([UnitName.Parse(name)])), Is.EqualTo(steps));
    }

    [Test]
    public void Disable_takes_every_link_that_leads_to_the_unit()
    {
        UnitFileTree tree = new TextTree()
            .File($"{Usr}/t.target", "[Unit]\nDescription=t\n")
            .File($"{Usr}/a.service", Run + "WantedBy=t.target\n")
            .File($"{Usr}/c.service", Run + "WantedBy=t.target\n")
            .Link("t.target.wants/a.service", $"{Usr}/a.service")
            .Link("t.target.wants/c.service", $"{Usr}/c.service")
            .Link("b.service", $"{Usr}/a.service").Build();
        Assert.That(Show(Planner(tree).Disable([UnitName.Parse("a.service")])),
            Is.EqualTo("-b.service -t.target.wants/a.service"));
    }

    [Test]
    public void Disable_takes_a_chain_of_links_and_what_Also_names_and_instances()
    {
        UnitFileTree tree = new TextTree()
            .File($"{Usr}/t.target", "[Unit]\nDescription=t\n")
            .File($"{Usr}/a.service", Run + "Also=c.service x\nWantedBy=t.target\n")
            .File($"{Usr}/c.service", Run + "WantedBy=t.target\n")
            .File($"{Usr}/r@.service", Run + "WantedBy=t.target\n")
            .Link("t.target.wants/c.service", $"{Usr}/c.service")
            .Link("t.target.wants/r@1.service", $"{Usr}/r@.service")
            .Link("b.service", $"{Usr}/a.service").Link("z.service", $"{Etc}/b.service")
            .Link("t.target.wants/gone.service", $"{Usr}/gone.service").Build();
        Assert.That(Show(Planner(tree).Disable([UnitName.Parse("a.service")])),
            Is.EqualTo("-b.service -t.target.wants/c.service -z.service"));
        Assert.That(Show(Planner(tree).Disable([UnitName.Parse("r@.service")])),
            Is.EqualTo("-t.target.wants/r@1.service"));
        Assert.That(Show(Planner(tree).Disable([UnitName.Parse("gone.service")])),
            Is.EqualTo("-t.target.wants/gone.service ~unit gone.service does not exist"));
    }

    [Test]
    public void Links_in_a_circle_lead_nowhere_and_end()
    {
        UnitFileTree tree = new TextTree().File($"{Usr}/a.service", Run)
            .Link("x.service", $"{Etc}/y.service").Link("y.service", $"{Etc}/x.service").Build();
        Assert.That(Show(Planner(tree).Disable([UnitName.Parse("a.service")])), Is.Empty);
    }

    [TestCase("a.service", "+a.service")]
    [TestCase("gone.service", "+gone.service ?unit gone.service does not exist, proceeding anyway")]
    [TestCase("file.service", "!file ETC/file.service already exists")]
    [TestCase("masked.service", "")]
    public void Mask_links_a_name_to_nothing(string name, string steps) =>
        Assert.That(Show(Planner("").Mask([UnitName.Parse(name)])), Is.EqualTo(steps));

    [TestCase("masked.service", "-masked.service")]
    [TestCase("link.service", "")]
    [TestCase("a.service", "")]
    public void Unmask_takes_masks_only(string name, string steps) =>
        Assert.That(Show(Planner("").Unmask([UnitName.Parse(name)])), Is.EqualTo(steps));

    [Test]
    public void Runtime_links_are_made_for_this_boot()
    {
        var planner = new InstallPlanner(
            new TextTree().File($"{Usr}/a.service", Run + "Alias=b.service\n").Build(),
            TextTree.Facts, LoadLimits.Default, InstallDirectories.System, runtime: true);
        Assert.That(planner.Enable([UnitName.Parse("a.service")]).Changes.Single().ToString(),
            Is.EqualTo($"Created symlink /run/systemd/system/b.service -> {Usr}/a.service."));
    }

    [TestCase("a.service", "enable a.service\n", PresetMode.Full, "+t.target.wants/a.service")]
    [TestCase("on.service", "disable o*\n", PresetMode.Full, "-t.target.wants/on.service")]
    [TestCase("on.service", "disable *\n", PresetMode.EnableOnly, "")]
    [TestCase("a.service", "enable a.service\n", PresetMode.DisableOnly, "")]
    [TestCase("a.service", "", PresetMode.Full, "+t.target.wants/a.service")]
    [TestCase("a.service", "disable a*\nenable a.service\n", PresetMode.Full, "")]
    [TestCase("m.service", "enable *\n", PresetMode.Full, "!unit USR/m.service is masked")]
    [TestCase("gone.service", "enable *\n", PresetMode.Full, "!unit gone.service does not exist")]
    public void The_first_rule_that_fits_says_what_a_preset_does(
        string name, string rules, PresetMode mode, string steps) =>
        Assert.That(Show(Planner(Presets()).Preset(
            [UnitName.Parse(name)], Rules(rules), mode)), Is.EqualTo(steps));

    [Test]
    public void All_presets_pass_over_what_cannot_be_done()
    {
        InstallPlan plan = Planner(Presets()).PresetAll(
            Rules("enable a.service\nenable m.service\nenable r@.service 1 2\ndisable *\n"),
            PresetMode.Full);
        Assert.That(Show(plan), Is.EqualTo("-t.target.wants/on.service +t.target.wants/a.service "
            + "+t.target.wants/r@1.service +t.target.wants/r@2.service "
            + "?unit USR/m.service is masked, ignored"));
    }

    [Test]
    public void All_presets_end_at_an_alias_that_leads_nowhere()
    {
        UnitFileTree tree = new TextTree().File($"{Usr}/z.service", Run + "Alias=q.service\n")
            .Link("b.service", $"{Usr}/c.service").Build();
        InstallPlan plan = Planner(tree).PresetAll(Rules(""), PresetMode.Full);
        Assert.That(plan.Changes, Is.Empty);
        Assert.That(plan.Errors, Has.Count.EqualTo(1));
    }

    [TestCase("enable\n", "enable needs a unit's name or a pattern; ignored")]
    [TestCase("start a.service\n", "'start' is neither enable nor disable; ignored")]
    [TestCase("disable a@.service x\n", "disable takes one name; ignored")]
    [TestCase("enable a.service x\n",
        "instances can be given for a template only, 'a.service' is none; ignored")]
    [TestCase("# x\n; y\n\n  enable a@.service x y \r\n", "")]
    public void A_line_that_is_no_rule_is_told_of(string text, string finding)
    {
        PresetRules rules = Rules(text);
        Assert.That(string.Join('\n', rules.Diagnostics.Select(d => d.Message)),
            Is.EqualTo(finding));
        if (finding.Length > 0)
            Assert.That(rules.Diagnostics[0].Location, Is.EqualTo(new SourceLocation("/p", 1)));
    }

    [TestCase("a@x.service", true)]
    [TestCase("a@z.service", false)]
    [TestCase("a@.service", true)]
    public void A_rule_with_instances_speaks_of_those(string name, bool isEnabled) =>
        Assert.That(Rules("enable a@.service x y\ndisable *\n").Of(UnitName.Parse(name)).Enable,
            Is.EqualTo(isEnabled));

    private static UnitFileTree Presets() => new TextTree()
        .File($"{Usr}/t.target", "[Unit]\nDescription=t\n")
        .File($"{Usr}/a.service", Run + "WantedBy=t.target\n")
        .File($"{Usr}/on.service", Run + "WantedBy=t.target\n")
        .File($"{Usr}/r@.service", Run + "WantedBy=t.target\n")
        .Mask($"{Usr}/m.service")
        .Link("t.target.wants/on.service", $"{Usr}/on.service").Build();

    private static PresetRules Rules(string text) => new([("/p", text)], (pattern, name) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
            : pattern == name);

    private static InstallPlanner Planner(string install, bool force = false) => Planner(
        new TextTree()
            .File($"{Usr}/t.target", "[Unit]\nDescription=t\n")
            .File($"{Usr}/a.service", Run + install)
            .File($"{Usr}/c.service", Run + "Alias=d.service\n")
            .Mask($"{Usr}/m.service").Mask("masked.service")
            .File("file.service", Run)
            .Link("link.service", $"{Usr}/c.service")
            .DeadLink("dangling.service", "/srv/nothing.service").Build(), force);

    private static InstallPlanner Planner(UnitFileTree tree, bool force = false) =>
        new(tree, TextTree.Facts, LoadLimits.Default, InstallDirectories.System, force: force);

    // +link made, -link removed, !error, ~missing, ?warning.
    private static string Show(InstallPlan plan) => string.Join(' ',
        plan.Changes.Select(
            c => (c.Action == LinkAction.Create ? "+" : "-") + c.Path[(Etc.Length + 1)..])
            .Concat(plan.Errors.Select(e => "!" + e)).Concat(plan.Missing.Select(m => "~" + m))
            .Concat(plan.Warnings.Select(w => "?" + w)))
        .Replace(Etc, "ETC").Replace(Usr, "USR");
}
