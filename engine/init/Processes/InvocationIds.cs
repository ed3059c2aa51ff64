using System.Globalization;
using InitTx.Core;

namespace InitTx.Init.Processes;

/// <summary>
/// INVOCATION_ID of each unit that is up (systemd.exec(5)): 128 random bits in lower-case hex, the
/// same for all processes of one activation, remembered by the manager only.
/// </summary>
internal sealed class InvocationIds
{
    private readonly Dictionary<int, string> _ids = [];

    public string Of(UnitId unit)
    {
        if (!_ids.TryGetValue(unit.Value, out string? id))
        {
            id = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
            _ids[unit.Value] = id;
        }

        return id;
    }

    public void End(UnitId unit) => _ids.Remove(unit.Value);
}
