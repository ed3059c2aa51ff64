using InitTx.Cli.Hosting;

namespace InitTx.Cli.Rendering;

/// <summary>
/// Lines of <c>Name: value</c> with the colons in one column, as `systemctl status` has them.
/// </summary>
internal sealed class Fields
{
    private readonly Session _session;
    private readonly int _width;

    /// <param name="longest">The longest name that will come.</param>
    public Fields(Session session, string longest)
    {
        _session = session;
        _width = longest.Length;
    }

    /// <summary>Adds a line; nothing when the value is null or empty.</summary>
    public void Add(string name, string? value) => AddPainted(name, SafeText.Clean(value));

    /// <summary>Adds a line whose value is safe and may hold colour.</summary>
    public void AddPainted(string name, string value)
    {
        if (value.Length > 0)
            _session.Out.WriteLine($"{name.PadLeft(_width)}: {value}");
    }
}
