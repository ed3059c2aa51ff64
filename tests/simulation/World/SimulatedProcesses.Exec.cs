using InitTx.Core.Ports;

namespace InitTx.Simulation.World;

/// <summary>From clone to exec, and who hears of it: by the pipe, or by looking.</summary>
internal sealed partial class SimulatedProcesses
{
    // initxd looks after 2 ms, 4 ms and so on up to a second.
    private const ulong LookEveryUs = 1_000_000;

    private void Exec(SimulatedProcess process)
    {
        if (!process.Alive)
            return;
        if (process.Script.ExecErrno != 0)
        {
            PostExecResult(process, process.Script.ExecErrno);
            process.Stage = ProcessStage.Running;
            Kill(process, ExitKind.Exited, 203);
            return;
        }

        process.Executed = true;
        process.Stage = ProcessStage.Running;
        PostExecResult(process, 0);
        ProcessRun.Start(world, process);
    }

    private void PostExecResult(SimulatedProcess process, int errno)
    {
        if (process.Token.Value == 0)
            return;
        ulong tie = world.Tie(process.Unit, 5);
        if (!process.PipeLost || errno != 0)
        {
            // After a crash nobody holds the other end of the pipe: of a failure only the exit
            // tells, which comes when it would have come.
            Input result = process.PipeLost
                ? new UnheardInput() : new ExecResultInput(process, errno);
            world.Ready.PostBehind(result, process.LastInput, tie);
            process.LastInput = result;
        }
        else
        {
            // That it has executed shows when the manager looks the next time.
            int watch = process.Watch;
            world.Later((long)(tie % LookEveryUs), process.Unit, 13, () =>
            {
                if (process.Watch == watch && process.Stage == ProcessStage.Running)
                    PostSeen(process, tie);
            });
        }
    }

    private void PostSeen(SimulatedProcess process, ulong tie)
    {
        if (process.ExecIsKnown || world.Ready.Has<ExecResultInput>(i => i.Process == process))
            return;
        var seen = new ExecResultInput(process, 0);
        world.Ready.PostBehind(seen, process.LastInput, tie);
        process.LastInput = seen;
    }

    /// <summary>The manager crashed: status pipes have no reader, nobody watches.</summary>
    public void LosePipes()
    {
        foreach (SimulatedProcess process in _born)
        {
            process.PipeLost |= process.Token.Value != 0 && !process.ExecIsKnown;
            process.Watch++;
        }
    }
}
