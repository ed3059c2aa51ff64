using System.Diagnostics;
using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>
/// What an image before this one left in cgroups of units without a known process.
/// </summary>
[TestFixture]
internal sealed class RecoveredCgroupTests : CgroupFixture
{
    [Test]
    public void The_cgroup_of_a_unit_that_went_down_just_before_a_crash_goes()
    {
        UnitRuntime unit = _engine.GetOrLoad(UnitName.Parse("a.service"));
        string left = Left("a.service");
        _cgroups.TakeOver();
        _cgroups.Remove(unit);
        _cgroups.RemoveAll();
        Assert.That(Directory.Exists(left), Is.False);
    }

    [Test]
    public void What_a_unit_left_that_went_down_just_before_a_crash_is_killed()
    {
        UnitRuntime unit = _engine.GetOrLoad(UnitName.Parse("a.service"));
        string left = Left("a.service");
        Process child = ChildIn(left);
        _cgroups.TakeOver();
        Assert.That(_cgroups.Kill(unit).IsOk);
        Assert.That(child.WaitForExit(20_000), "it lives");
        _cgroups.Remove(unit);
        _cgroups.RemoveAll();
        Assert.That(Directory.Exists(left), Is.False);
    }

    [Test]
    public void Processes_of_a_unit_that_is_up_without_a_main_process_are_found_after_a_recovery()
    {
        UnitRuntime unit = Exited("a.service");
        string left = Left("a.service");
        Process child = ChildIn(left);
        _cgroups.TakeOver();
        Assert.That(_cgroups.UnitOf(child.Id), Is.SameAs(unit));
        Assert.That(_cgroups.SignalAll(unit, default, 15, thenContinue: true).IsOk);
        Assert.That(child.WaitForExit(20_000), "it lives");
    }

    [Test]
    public void A_unit_that_never_ran_gets_no_cgroup_by_a_recovery()
    {
        _engine.GetOrLoad(UnitName.Parse("a.service"));
        _cgroups.TakeOver();
        Assert.That(Directory.GetDirectories(_subtree + "/system.slice"), Is.Empty);
    }
}
