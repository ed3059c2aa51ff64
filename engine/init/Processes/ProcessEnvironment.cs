namespace InitTx.Init.Processes;

/// <summary>
/// The variables of one process in order of precedence, low to high (systemd.exec(5),
/// "Environment Variables in Spawned Processes"): built from an allow-list, never inherited.
/// What the unit itself says stands over all that the manager adds later. Reused from spawn to
/// spawn; the order of first appearance is kept, so an environment is the same each time.
/// </summary>
internal sealed class ProcessEnvironment
{
    /// <summary>Where bare names are looked up, and the default PATH of a service.</summary>
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly List<KeyValuePair<string, string>> _pairs = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofUnit = new(StringComparer.Ordinal);

    public int Count => _index.Count;

    public void Clear()
    {
        _pairs.Clear();
        _index.Clear();
        _ofUnit.Clear();
    }

    /// <summary>Adds or replaces a variable, unless the unit itself has set it.</summary>
    public void Set(string key, string value)
    {
        if (!_ofUnit.Contains(key))
            Put(key, value);
    }

    private void Put(string key, string value)
    {
        if (_index.TryGetValue(key, out int at))
        {
            _pairs[at] = new(key, value);
        }
        else
        {
            _index[key] = _pairs.Count;
            _pairs.Add(new(key, value));
        }
    }

    public void SetAll(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        for (int i = 0; i < pairs.Count; i++)
            Set(pairs[i].Key, pairs[i].Value);
    }

    /// <summary>Sets a variable for the unit.</summary>
    public void SetOfUnit(string key, string value)
    {
        _ofUnit.Add(key);
        Put(key, value);
    }

    /// <summary>Sets variables for the unit: later ones replace earlier ones.</summary>
    public void SetAllOfUnit(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        for (int i = 0; i < pairs.Count; i++)
            SetOfUnit(pairs[i].Key, pairs[i].Value);
    }

    public string? Get(string key) => _index.TryGetValue(key, out int at) ? _pairs[at].Value : null;

    /// <summary>UnsetEnvironment=: a name, or name=value for only that value.</summary>
    public void Unset(string pattern)
    {
        int equals = pattern.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? pattern : pattern[..equals];
        if (_index.TryGetValue(key, out int at)
            && (equals < 0 || string.Equals(_pairs[at].Value, pattern[(equals + 1)..], StringComparison.Ordinal)))
        {
            _index.Remove(key);
        }
    }

    /// <summary>Writes key=value strings; false when one holds a NUL.</summary>
    /// <param name="mark">Before each name, or empty.</param>
    public bool WriteTo(NulBlock block, string mark)
    {
        for (int i = 0; i < _pairs.Count; i++)
        {
            // A pair that was unset, or set again later, is no longer the index's.
            if (_index.TryGetValue(_pairs[i].Key, out int at) && at == i
                && !block.AddPair(mark + _pairs[i].Key, _pairs[i].Value))
            {
                return false;
            }
        }

        return true;
    }
}
