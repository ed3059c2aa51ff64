using InitTx.Exec.Setup;
using InitTx.Exec.Tests.Support;

namespace InitTx.Exec.Tests;

/// <summary>
/// SmackProcessLabel=, SELinuxContext= and AppArmorProfile=, on machines that are made up: what the
/// module is told, and when that is passed over.
/// </summary>
public sealed class LabelTests
{
    private const string AppArmor = "/sys/module/apparmor/parameters/enabled";

    private Sandbox _sandbox = null!;
    private SetupSettings _settings = null!;

    [SetUp]
    public void SetUp() => (_sandbox, _settings) = (new Sandbox(), new SetupSettings());

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    [Test]
    public void Each_module_is_told_in_its_own_place_and_form()
    {
        _sandbox.Put(AppArmor, "Y\n");
        _sandbox.Put("/sys/fs/selinux/enforce", "1");
        _sandbox.Put("/sys/fs/smackfs/load2");
        foreach (string file in (string[])["exec", "current", "apparmor/exec", "smack/current"])
            _sandbox.Put("/proc/self/attr/" + file);
        _settings.Add("AppArmorProfile", "web");
        _settings.Add("SELinuxContext", "-a:b:c");
        _settings.Add("SmackProcessLabel", "Web");
        var steps = new LabelSteps(_settings, _sandbox.System);
        Assert.That(steps.Prepare(static _ => false), Is.Null);
        Assert.That(steps.Found(), Is.EquivalentTo(
            new[] { "AppArmorProfile", "SELinuxContext", "SmackProcessLabel" }));
        Assert.That(steps.Own(), Is.Null);
        Assert.That(Told("smack/current") + Told("apparmor/exec"), Is.EqualTo("Web"));
        Assert.That(steps.Program(), Is.Null);
        Assert.That(Told("apparmor/exec"), Is.EqualTo("exec web"));
        Assert.That(Told("exec"), Is.EqualTo("a:b:c\0"));
        Assert.That(Told("current"), Is.Empty);
    }

    [Test]
    public void A_kernel_with_one_set_of_files_for_all_modules_is_told_there()
    {
        _sandbox.Put(AppArmor, "Y\n");
        _sandbox.Put("/proc/self/attr/exec");
        _settings.Add("AppArmorProfile", "web");
        var steps = new LabelSteps(_settings, _sandbox.System);
        Assert.That(steps.Prepare(static _ => false) ?? steps.Own() ?? steps.Program(), Is.Null);
        Assert.That(Told("exec"), Is.EqualTo("exec web"));
    }

    [TestCase("N\n")]
    [TestCase(null)]
    public void A_module_that_the_kernel_does_not_run_is_passed_over(string? enabled)
    {
        if (enabled is not null)
            _sandbox.Put(AppArmor, enabled);
        _sandbox.Put("/proc/self/attr/exec");
        _settings.Add("AppArmorProfile", "web");
        var steps = new LabelSteps(_settings, _sandbox.System);
        Assert.That(steps.Prepare(static _ => false) ?? steps.Own() ?? steps.Program(), Is.Null);
        Assert.That(Told("exec"), Is.Empty);

        // In the second of two rounds it is known to be there, whatever can be seen.
        steps = new LabelSteps(_settings, _sandbox.System);
        Assert.That(
            steps.Prepare(static key => key == "AppArmorProfile") ?? steps.Program(), Is.Null);
        Assert.That(Told("exec"), Is.EqualTo("exec web"));
    }

    [TestCase("AppArmorProfile", 231)]
    [TestCase("SELinuxContext", 229)]
    [TestCase("SmackProcessLabel", 234)]
    public void What_cannot_be_set_has_its_status_unless_it_is_forgiven(string key, int status)
    {
        _sandbox.Put(AppArmor, "Y\n");
        _sandbox.Put("/sys/fs/selinux/enforce", "1");
        _sandbox.Put("/sys/fs/smackfs/load2");
        _settings.Add(key, "x");
        StepFailure? failure =
            new LabelSteps(_settings, _sandbox.System).Prepare(static _ => false);
        Assert.That((failure?.Status, failure?.Directive), Is.EqualTo((status, key)));
        _settings.Add(key, "-x");
        var steps = new LabelSteps(_settings, _sandbox.System);
        Assert.That(steps.Prepare(static _ => false) ?? steps.Own() ?? steps.Program(), Is.Null);
    }

    private string Told(string file) => File.ReadAllText(_sandbox.At("/proc/self/attr/" + file));
}
