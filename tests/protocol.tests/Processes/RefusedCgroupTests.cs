using InitTx.Core;
using InitTx.Linux;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Handles;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>
/// A machine that has cgroups and refuses one: nothing is to be started beside the manager.
/// </summary>
[TestFixture]
internal sealed class RefusedCgroupTests : CgroupFixture
{
    [Test]
    public void A_cgroup_that_cannot_be_made_is_told_with_its_error()
    {
        UnitRuntime unit = _engine.GetOrLoad(UnitName.Parse("a.service"));
        File.WriteAllText(_subtree + "/cgroup.max.descendants", "0");
        Assert.That(_cgroups.DescriptorFor(unit, out _, out SysResult made), Is.Null);
        Assert.That(made.Error, Is.EqualTo(Errno.EAGAIN));
        File.WriteAllText(_subtree + "/cgroup.max.descendants", "max");
        using FileDescriptor? cgroup = _cgroups.DescriptorFor(unit, out _, out made);
        Assert.That(made.IsOk);
        Assert.That(cgroup, Is.Not.Null);
    }

    /// <summary>
    /// systemd's escaping makes the longest of names longer than a directory's may be.
    /// </summary>
    [Test]
    public void The_longest_name_has_no_cgroup_and_is_taken_over_without_one()
    {
        string name = "_" + new string('a', 255 - "_.service".Length) + ".service";
        UnitRuntime unit = Exited(name);
        Assert.That(_cgroups.DescriptorFor(unit, out _, out SysResult made), Is.Null);
        Assert.That(made.Error, Is.EqualTo(Errno.ENAMETOOLONG));
        Assert.DoesNotThrow(_cgroups.TakeOver);
        Assert.That(_cgroups.PathOf(unit), Is.Empty);
    }

    [Test]
    public void Where_there_are_no_cgroups_none_is_refused()
    {
        UnitRuntime unit = _engine.GetOrLoad(UnitName.Parse("a.service"));
        using CgroupTree none = CgroupTree.Create(new(CgroupMode.None, "", "", "no cgroups"));
        Assert.That(Over(none).DescriptorFor(unit, out _, out SysResult made), Is.Null);
        Assert.That(made.IsOk);
    }
}
