using InitTx.Core;
using InitTx.Init.Boot;

namespace InitTx.Init.Recovery;

/// <summary>
/// Keeps the held definitions up with the engine, when nothing else is to be done. Not before the
/// start's memory is given back: until then the unit files say the same, and a boot has better to
/// do.
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
    public bool IsPending => _hasBegun && held.IsBehind(engine);

    /// <summary>Nothing was ready and nothing is due.</summary>
    public void WhenIdle()
    {
        if (_hasBegun)
            CatchUp();
    }

    /// <summary>Now; every reading of the unit path has reached the engine.</summary>
    public void CatchUp()
    {
        if (held.CatchUp(engine) is { } refused)
            console.Line(refused);
    }
}
