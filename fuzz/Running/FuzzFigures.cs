using System.Globalization;

namespace InitTx.Fuzz.Running;

/// <summary>What one target's run did, for its report.</summary>
internal sealed class FuzzFigures
{
    private readonly List<(int Inputs, int Edges)> _growth = [];

    /// <summary>Inputs that ran, the corpus among them.</summary>
    public int Inputs { get; set; }

    /// <summary>The best of an input's tries, at its worst.</summary>
    public double SlowestMs { get; set; }

    /// <summary>Bytes that the greediest input allocated.</summary>
    public long MostAllocated { get; set; }

    /// <summary>How long all of it took.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>
    /// Inputs kept because they ran something new; none when nothing was measured.
    /// </summary>
    public int? Kept { get; set; }

    /// <summary>Notes how many edges are known after so many inputs.</summary>
    public void Grew(int inputs, int edges) => _growth.Add((inputs, edges));

    /// <summary>One line.</summary>
    public string Show(string target)
    {
        double rate = Inputs / Math.Max(Elapsed.TotalSeconds, 1e-6);
        string speed = string.Create(CultureInfo.InvariantCulture,
            $"{target}: {Inputs} inputs, {rate:F0}/s, slowest {SlowestMs:F1} ms, "
                + $"most allocated {MostAllocated / 1024.0:F0} KiB");
        if (Kept is not { } kept)
            return speed;
        IEnumerable<string> growth = _growth.Select(g => string.Create(
            CultureInfo.InvariantCulture, $"{g.Edges} after {g.Inputs}"));
        return $"{speed}; edges {string.Join(", ", growth)}; {kept} inputs kept for new coverage";
    }
}
