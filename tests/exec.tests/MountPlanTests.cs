using InitTx.Exec.Setup;

namespace InitTx.Exec.Tests;

/// <summary>Which paths a unit's settings touch.</summary>
[TestFixture]
internal sealed class MountPlanTests
{
    /// <summary>As accounts-daemon.service asks, on a machine that lacks the directory.</summary>
    [Test]
    public void What_is_read_only_already_need_not_exist() =>
        Assert.That(
            Asked("ReadOnlyPaths", ("ProtectSystem", "strict"), ("ReadOnlyPaths", "/usr/missing")),
            Is.Empty);

    [Test]
    public void Below_another_kind_of_path_it_is_kept()
    {
        Assert.That(
            Asked("ReadOnlyPaths", ("ProtectSystem", "strict"), ("ReadOnlyPaths", "/home/missing")),
            Is.EqualTo(new[] { "/home/missing" }));
        Assert.That(
            Asked("ReadWritePaths", ("ProtectSystem", "strict"), ("ReadWritePaths", "/usr/no")),
            Is.EqualTo(new[] { "/usr/no" }));
        Assert.That(
            Asked("ReadWritePaths", ("ProtectSystem", "strict"), ("ReadWritePaths", "/home/no")),
            Is.Empty, "/home is writable, as far as ProtectSystem= goes");
    }

    [Test]
    public void The_stricter_one_of_two_around_it_counts() =>
        Assert.That(
            Asked("ReadOnlyPaths", ("ReadOnlyPaths", "/srv"), ("InaccessiblePaths", "/srv"),
                ("ReadOnlyPaths", "/srv/below")),
            Is.EqualTo(new[] { "/srv", "/srv/below" }));

    [Test]
    public void A_name_that_begins_alike_is_not_below() =>
        Assert.That(
            Asked("ReadOnlyPaths", ("ReadOnlyPaths", "/srv"), ("ReadOnlyPaths", "/srv-other")),
            Is.EqualTo(new[] { "/srv", "/srv-other" }));

    private static string[] Asked(string directive, params (string Key, string Value)[] options)
    {
        var settings = new SetupSettings();
        foreach ((string key, string value) in options)
            settings.Add(key, value);
        return
        [
            .. MountPlan.Make(settings, []).Where(step => step.Directive == directive)
                .Select(step => step.Path),
        ];
    }
}
