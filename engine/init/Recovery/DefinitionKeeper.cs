using InitTx.Core;
using InitTx.Init.Boot;

namespace InitTx.Init.Recovery;

/// <summary>
/// Keeps the held definitions up with the engine, when nothing else is to be done. Not before the
/// start's memory is given back: until then the unit files say the same, and a boot has better to
/// do. Where units are few not before the first reload either: the files of all before it are read
/// again in no time, and the code that writes definitions would stay in memory, 0.5 MiB of it.
/// </summary>
internal sealed class DefinitionKeeper(
    Engine engine, HeldDefinitions held, UnitSources sources, ManagerConsole console)
{
    // Below it the code that does it takes more memory than it gives back.
    private const int Worthwhile = 256;

    private bool _hasBegun;

    /// <summary>
    /// The start is over. Where units are many, what was loaded for it makes room for the same in
    /// fewer objects, and the unit files for the memfd that they are in.
    /// </summary>
    public void Begin()
    {
        _hasBegun = true;
        CatchUp();
        if (engine.Units.Count >= Worthwhile && held.Read() is { } alike
            && engine.TakeAlike(alike))
            sources.Forget();
    }

    /// <summary>Something waits for a moment in which nothing else is to be done.</summary>
    public bool IsPending => _hasBegun && IsWanted && held.IsBehind(engine);

    /// <summary>Nothing was ready and nothing is due.</summary>
    public void WhenIdle()
    {
        if (_hasBegun)
            CatchUp();
    }

    /// <summary>Now; every reading of the unit path has reached the engine.</summary>
    public void CatchUp()
    {
        if (IsWanted && held.CatchUp(engine) is { } refused)
            console.Line(refused);
    }

    // A reload has written them before it took the place of what they are of.
    private bool IsWanted => held.IsHeld || engine.Units.Count >= Worthwhile;
}
