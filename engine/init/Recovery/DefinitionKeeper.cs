using InitTx.Core;

namespace InitTx.Init.Recovery;

/// <summary>
/// Keeps the held definitions up with the engine, when nothing else is to be done. Not before the
/// start's memory is given back: until then the unit files say the same, and a boot has better to
/// do.
/// </summary>
internal sealed class DefinitionKeeper(
    Engine engine, HeldDefinitions held, ManagerConsole console)
{
    private bool _hasBegun;

    /// <summary>The start is over.</summary>
    public void Begin()
    {
        _hasBegun = true;
        CatchUp();
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
