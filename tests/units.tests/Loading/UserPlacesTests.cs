using InitTx.Units.Loading;

namespace InitTx.Units.Tests.Loading;

/// <summary>Where a user's manager and its client keep things.</summary>
public sealed class UserPlacesTests
{
    private static UserPlaces Of(bool hasRunUser, params (string Key, string Value)[] variables) =>
        UserPlaces.Of(
            key => Array.Find(variables, v => v.Key == key).Value,
            1000,
            path => hasRunUser && path == "/run/user/1000");

    [Test]
    public void Variables_count_when_they_are_absolute_paths()
    {
        UserPlaces places = Of(
            true, ("HOME", "/home/u"), ("XDG_RUNTIME_DIR", "/r/"), ("XDG_STATE_HOME", "relative"),
            ("XDG_CONFIG_HOME", "/c"));
        Assert.Multiple(() =>
        {
            Assert.That(places.ManagerRuntime, Is.EqualTo("/r/initx"));
            Assert.That(places.ManagerState, Is.EqualTo("/home/u/.local/state/initx"));
            Assert.That(places.Config, Is.EqualTo("/c"));
            Assert.That(places.UnitPath, Has.Some.EqualTo("/c/systemd/user"));
            Assert.That(places.UnitPath, Has.Some.EqualTo("/home/u/.local/share/systemd/user"));
        });
    }

    [TestCase(true, "/run/user/1000")]
    [TestCase(false, "/home/u/.local/run")]
    public void Without_a_runtime_directory_the_users_own_below_run_is_taken_or_one_at_home(
        bool hasRunUser, string expected) =>
        Assert.That(Of(hasRunUser, ("HOME", "/home/u")).Runtime, Is.EqualTo(expected));
}
