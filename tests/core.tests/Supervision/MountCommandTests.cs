using InitTx.Core.Supervision;
using InitTx.Core.Tests.Support;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Supervision;

internal sealed class MountCommandTests
{
    [Test]
    public void A_mount_is_made_changed_and_taken_away_by_the_systems_programs()
    {
        UnitDefinition unit = Make.Mount("srv-a.mount", with: m => m with
        {
            What = "/dev/sda1",
            FileSystemType = "ext4",
            Options = "noatime,nofail,x-systemd.automount,noauto",
            SloppyOptions = true,
            ReadWriteOnly = true,
            LazyUnmount = true,
            ForceUnmount = true,
        });
        Assert.That(Line(unit, ExecRole.Mount), Is.EqualTo(
            "/bin/mount /dev/sda1 /srv/a -s -w -t ext4 -o noatime,x-systemd.automount"));
        Assert.That(Line(unit, ExecRole.Remount), Is.EqualTo(
            "/bin/mount /dev/sda1 /srv/a -s -w -t ext4 -o remount,noatime,x-systemd.automount"));
        Assert.That(Line(unit, ExecRole.Unmount), Is.EqualTo("/bin/umount /srv/a -c -l -f"));
        Assert.That(
            MountCommands.Directories(unit, ExecRole.Mount), Is.EqualTo(new[] { "/srv/a" }));
        Assert.That(MountCommands.Directories(unit, ExecRole.Unmount), Is.Empty);
    }

    [TestCase("bind", null)]
    [TestCase(null, "ro,rbind")]
    public void The_source_of_a_bind_mount_is_made_too(string? type, string? options)
    {
        UnitDefinition unit = Make.Mount("b.mount", with: m => m with
        {
            What = "/a",
            FileSystemType = type,
            Options = options,
        });
        Assert.That(
            MountCommands.Directories(unit, ExecRole.Mount), Is.EqualTo(new[] { "/b", "/a" }));
    }

    [Test]
    public void A_swap_is_used_with_its_priority()
    {
        UnitDefinition unit = Make.Swap("srv-file.swap");
        unit = unit with { Swap = unit.Swap! with { Priority = 5, Options = "discard,nofail" } };
        Assert.That(
            Line(unit, ExecRole.SwapOn), Is.EqualTo("/sbin/swapon -o discard,pri=5 /srv/file"));
        Assert.That(Line(unit, ExecRole.SwapOff), Is.EqualTo("/sbin/swapoff /srv/file"));
    }

    [Test]
    public void What_does_not_say_what_has_no_command()
    {
        UnitDefinition unit = Make.Mount("b.mount", with: m => m with { What = null });
        Assert.That(MountCommands.Of(unit, ExecRole.Mount), Is.Null);
        Assert.That(MountCommands.Of(unit, ExecRole.Remount), Is.Null);
        Assert.That(MountCommands.Of(unit, ExecRole.SwapOn), Is.Null);
        Assert.That(MountCommands.Of(Make.Service("a.service"), ExecRole.Main), Is.Null);
    }

    private static string Line(UnitDefinition unit, ExecRole role)
    {
        ExecCommand command = MountCommands.Of(unit, role)!;
        Assert.That(command.Path, Is.EqualTo(command.Arguments[0]));
        Assert.That(command.Flags, Is.EqualTo(ExecCommandFlags.NoEnvironmentExpansion));
        return string.Join(' ', command.Arguments);
    }
}
