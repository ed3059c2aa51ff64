using InitTx.Linux.Identity;

namespace InitTx.Linux.Tests.Identity;

/// <summary>Users as systemd 252 sees them, where that differs from what passwd(5) says.</summary>
internal sealed class NameServiceTests
{
    [TestCase("nobody")]
    [TestCase("65534")]
    public void Nobody_is_the_same_on_every_machine(string name)
    {
        Assume.That(File.Exists(NameService.NobodyOfDatabase), Is.False);
        Assert.That(NameService.User(name).Require(), Is.EqualTo(
            new UserRecord("nobody", 65534, 65534, "/", "/usr/sbin/nologin")));
    }

    [TestCase("/home/a", "/home/a")]
    [TestCase("/", "")]
    [TestCase("//", "")]
    [TestCase("", "")]
    [TestCase("home/a", "")]
    public void A_home_that_says_nothing_is_none(string home, string told) =>
        Assert.That(Record(home, "/bin/sh").WithoutPlaceholders().Home, Is.EqualTo(told));

    [TestCase("/bin/sh", "/bin/sh")]
    [TestCase("/usr/local/bin/nologin", "/usr/local/bin/nologin")]
    [TestCase("/bin/nologin", "")]
    [TestCase("/sbin/nologin", "")]
    [TestCase("/usr/bin/nologin", "")]
    [TestCase("/usr/sbin/nologin", "")]
    [TestCase("/bin/false", "")]
    [TestCase("/usr/bin/false", "")]
    [TestCase("/bin/true", "")]
    [TestCase("/usr/bin/true", "")]
    [TestCase("", "")]
    [TestCase("sh", "")]
    public void A_shell_that_lets_nobody_in_is_none(string shell, string told) =>
        Assert.That(Record("/home/a", shell).WithoutPlaceholders().Shell, Is.EqualTo(told));

    private static UserRecord Record(string home, string shell) => new("a", 1, 1, home, shell);
}
