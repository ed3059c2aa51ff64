namespace InitTx.Style.Tests;

/// <summary>
/// Shows all that is wrong at once, where a collection constraint shows the first ten.
/// </summary>
public static class Complaints
{
    public static void AreNone<T>(IEnumerable<T> complaints)
    {
        T[] all = [.. complaints];
        if (all.Length > 0)
            Assert.Fail($"{all.Length}:\n{string.Join('\n', all)}");
    }
}
