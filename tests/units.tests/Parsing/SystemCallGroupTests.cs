using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>The groups of system calls, as a whole: each is there and belongs to @known.</summary>
public sealed class SystemCallGroupTests
{
    [Test]
    public void Every_group_has_members_and_knows_the_groups_in_it()
    {
        Assert.That(SystemCallGroups.Names, Is.Unique);
        foreach (string group in SystemCallGroups.Names)
        {
            Assert.That(Members(group), Is.Not.Empty, group);
            Assert.That(Members(group), Is.Unique, group);
            foreach (string member in Members(group).Where(m => m.StartsWith('@')))
                Assert.That(SystemCallGroups.Names, Does.Contain(member), group);
        }

        Assert.That(SystemCallGroups.Find("@nothing"), Is.Null);
        Assert.That(SystemCallGroups.Find("default"), Is.Null);
    }

    // What systemd lists in a group it lists in @known.
    [Test]
    public void Every_call_of_a_group_is_known()
    {
        HashSet<string> known = [.. All("@known")];
        foreach (string group in SystemCallGroups.Names)
            Assert.That(All(group).Where(call => !known.Contains(call)), Is.Empty, group);
        Assert.That(known, Does.Contain("read").And.Contain("reboot").And.Contain("kexec_load"));
    }

    // systemd.exec(5), SystemCallFilter=, table of groups.
    [TestCase("@clock", "adjtimex clock_settime settimeofday", "clock_gettime")]
    [TestCase("@reboot", "kexec_load reboot", "kill")]
    [TestCase("@mount", "mount pivot_root umount2", "reboot")]
    [TestCase("@module", "delete_module finit_module init_module", "mount")]
    [TestCase("@privileged", "chroot reboot settimeofday swapon", "read")]
    [TestCase("@system-service", "read openat futex timerfd_create setuid", "reboot mount")]
    public void A_group_holds_what_the_manual_says(string group, string calls, string others)
    {
        List<string> all = All(group);
        Assert.That(all, Is.SupersetOf(calls.Split(' ')));
        Assert.That(all.Intersect(others.Split(' ')), Is.Empty);
    }

    private static List<string> Members(string group) => [.. SystemCallGroups.Find(group)!.Split(
        [' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];

    private static List<string> All(string group) => [.. Members(group).SelectMany(
        m => m.StartsWith('@') ? All(m) : [m])];
}
