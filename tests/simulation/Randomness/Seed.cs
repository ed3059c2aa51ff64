namespace InitTx.Simulation.Randomness;

/// <summary>What a sequence of random numbers is for; each purpose has its own, so that a draw
/// more in one place changes nothing elsewhere.</summary>
internal enum Purpose : byte
{
    Boot = 1,
    Units,
    Unit,
    Process,
    Prepare,
    Spawn,
    Socket,
    Clients,
    Faults,
    Order,
    Batch,
    Journal,
    Reload,
    Reexec,
    Sampling,
    Held,
}

/// <summary>
/// The number from which one whole boot follows. Every entity draws from its own sequence, named
/// by purpose and numbers, never from a common one: a re-exec that is put in between must not
/// shift what a process does an hour later (I22 compares the two runs).
/// </summary>
internal readonly record struct Seed(ulong Value)
{
    /// <summary>The seed of boot <paramref name="index"/> of a run.</summary>
    public Seed Boot(long index) => new(Mix(Value, (ulong)Purpose.Boot, (ulong)index));

    /// <summary>The sequence of one entity.</summary>
    public Prng Stream(Purpose purpose, long a = 0, long b = 0) => new(Draw(purpose, a, b));

    /// <summary>64 bits that depend on nothing but the seed and the arguments.</summary>
    public ulong Draw(Purpose purpose, long a = 0, long b = 0) =>
        Mix(Mix(Value, (ulong)purpose, (ulong)a), (ulong)b, 0x5EED);

    /// <summary>The finisher of splitmix64: every input bit reaches every output bit.</summary>
    public static ulong Finish(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>As it is written on the command line.</summary>
    public override string ToString() => $"0x{Value:X16}";

    /// <summary>Reads decimal or 0x-hexadecimal.</summary>
    public static bool TryParse(string text, out Seed seed)
    {
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool good = hex
            ? ulong.TryParse(text.AsSpan(2), System.Globalization.NumberStyles.HexNumber, null,
                out ulong value)
            : ulong.TryParse(text, out value);
        seed = new Seed(value);
        return good;
    }

    private static ulong Mix(ulong a, ulong b, ulong c)
    {
        ulong h = Finish(a + 0x9E3779B97F4A7C15);
        h = Finish(h ^ (b + 0xD1B54A32D192ED03));
        return Finish(h + c * 0xA0761D6478BD642F);
    }
}
