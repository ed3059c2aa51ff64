using InitTx.Core;

namespace InitTx.Init;

/// <summary>A manager that is wired and ready: its loop, and what goes to the core first.</summary>
internal sealed class Manager(MainLoop loop, EventQueue queue, IReadOnlyList<EngineEvent> first)
{
    /// <summary>Returns the exit status once the manager is to end.</summary>
    public int Run()
    {
        foreach (EngineEvent fact in first)
            queue.Post(fact);
        return loop.Run();
    }
}
