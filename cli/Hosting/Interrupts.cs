using System.Runtime.InteropServices;

namespace InitTx.Cli.Hosting;

/// <summary>Whether the person at the keyboard wants out (SIGINT).</summary>
internal interface IInterrupts : IDisposable
{
    /// <summary>True once for each time.</summary>
    bool Take();
}

/// <summary>
/// SIGINT of this process, while it lives. It brings a thread of the runtime's along, so it is made
/// only once a wait turns out to be long; until then SIGINT ends the program as it does any other.
/// </summary>
internal sealed class ProcessInterrupts : IInterrupts
{
    private readonly PosixSignalRegistration _registration;
    private int _count;

    public ProcessInterrupts() => _registration = PosixSignalRegistration.Create(
        PosixSignal.SIGINT,
        context =>
        {
            context.Cancel = true;
            Interlocked.Increment(ref _count);
        });

    /// <inheritdoc/>
    public bool Take()
    {
        if (Volatile.Read(ref _count) == 0)
            return false;
        Interlocked.Decrement(ref _count);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _registration.Dispose();
}
