namespace InitTx.Benchmarks.Harness;

/// <summary>Repeated measurements of one thing, in milliseconds.</summary>
internal sealed class Samples
{
    private readonly List<double> _sorted = [];

    public int Count => _sorted.Count;
    public double Median => At(50);
    public double P99 => At(99);

    public static Samples Of(int count, Func<double> once)
    {
        once();
        var samples = new Samples();
        for (int i = 0; i < count; i++)
            samples.Add(once());
        return samples;
    }

    public void Add(double milliseconds)
    {
        int place = _sorted.BinarySearch(milliseconds);
        _sorted.Insert(place < 0 ? ~place : place, milliseconds);
    }

    private double At(int percent) =>
        _sorted[Math.Min(_sorted.Count - 1, _sorted.Count * percent / 100)];
}
