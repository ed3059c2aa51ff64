using InitTx.Core;
using InitTx.Linux.Cgroups;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>How cgroups of units that are down go, and how units are let go of.</summary>
internal sealed partial class UnitCgroups
{
    /// <summary>The unit is down: its cgroup goes soon.</summary>
    public void Remove(UnitRuntime unit)
    {
        if (MayHaveLeft(unit))
            For(unit, make: true);
        if (_open.ContainsKey(unit.Id.Value) && _leaving.Add(unit.Id.Value))
            _toRemove.Enqueue(unit.Id.Value);
    }

    /// <summary>
    /// The unit is to be forgotten: says so (UnitReleased) when its cgroup is gone, which may be
    /// when the last of its processes has ended.
    /// </summary>
    public void Release(UnitRuntime unit)
    {
        int id = unit.Id.Value;
        Remove(unit);
        if (_open.ContainsKey(id))
            _released.Add(id);
        else
            Released(id);
    }

    /// <summary>
    /// More wait than a busy manager may put off: short-lived instances are made faster than they
    /// go.
    /// </summary>
    public void RemoveSurplus()
    {
        if (_toRemove.Count > MostPutOff)
            RemoveSome();
    }

    /// <summary>Nothing else is to be done: removes some of what is to go.</summary>
    public void RemoveSome()
    {
        for (int i = 0; i < RemovedPerRound && _toCount.TryDequeue(out UnitCgroup? cgroup); i++)
            cgroup.TakeOomKill(unknown: false);
        for (int i = 0; i < RemovedPerRound && _toRemove.TryDequeue(out int unit); i++)
        {
            if (_leaving.Contains(unit))
                RemoveNow(unit);
        }
    }

    /// <summary>Removes all that is to go: the next image does not know of it.</summary>
    public void RemoveAll()
    {
        while (_toRemove.Count > 0)
            RemoveSome();
    }

    private void RemoveNow(int unit)
    {
        _leaving.Remove(unit);

        if (_open.TryGetValue(unit, out UnitCgroup? cgroup))
        {
            // The count goes with the directory.
            if (tree.Offers(CgroupControllers.Memory))
                TellOfKills(cgroup);

            // EBUSY: processes are left that nobody could end; the next start finds them there.
            if (tree.Remove(cgroup).IsOk)
            {
                _open.Remove(unit);
                _killed.Remove(unit);
            }
        }

        if (!_released.Contains(unit))
            return;
        if (_open.ContainsKey(unit))
        {
            _busy.Add(unit);
            return;
        }

        _released.Remove(unit);
        _busy.Remove(unit);
        Released(unit);
    }

    private void Released(int unit)
    {
        resources.Forget(new UnitId(unit));
        queue.Post(new EngineEvent.UnitReleased(new UnitId(unit)));
    }
}
