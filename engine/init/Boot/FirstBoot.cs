using InitTx.Core;
using InitTx.Init.Prepare;
using InitTx.Linux.Loop;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Init.Boot;

/// <summary>
/// The rest of stage 0 once the loop can run: generators in children with a deadline, then the unit
/// path, then the first event. Without generators nothing is waited for.
/// </summary>
internal sealed class FirstBoot(
    StartState state, EventQueue queue, PrepareClient prepare, MountUnits mounts, EventLoop loop, ManagerConsole console)
{
    private const long GeneratorTimeoutUs = 90_000_000;

    public void Begin()
    {
        if (state.Sources.GeneratorQuestion() is not { } question)
        {
            ReadUnits();
            return;
        }

        prepare.Ask(question, GeneratorTimeoutUs, reply =>
        {
            if (reply.Error.Length > 0)
                console.Line("generators: " + reply.Error);
            ReadUnits();
        });
    }

    private void ReadUnits()
    {
        ManagerSetup setup = state.Setup;
        UnitFileTree tree = DirectoryUnitSource.Read(setup.Paths.UnitPath, LoadLimits.Default);
        foreach (Diagnostic finding in tree.Diagnostics)
            console.Line($"{finding.Location}: {finding.Message}");
        foreach (Diagnostic finding in setup.Findings)
            console.Line($"{finding.Location}: {finding.Message}");
        var bytes = new System.Buffers.ArrayBufferWriter<byte>(64 * 1024);
        tree.Serialize(bytes);
        if (state.HeldTree.Replace(bytes.WrittenSpan) is { } refused)
            console.Line("the unit files cannot be kept for a re-exec: " + refused);
        state.Sources.Use(tree);
        if (mounts.Start(loop) is { } table)
            queue.Post(table);
        queue.Post(new EngineEvent.MachineKnown(setup.Machine()));
        queue.Post(new EngineEvent.Booted(setup.Target, Text(setup), setup.Paths.User));
    }

    private string Text(ManagerSetup setup)
    {
        string text = $"initxd {ProductVersion.Text}, host {setup.Context.HostName ?? "unknown"}, "
            + $"kernel {setup.Context.KernelRelease ?? "unknown"}, "
            + $"boot {setup.Context.BootId ?? "unknown"}, goal {setup.Target}";
        return state.Problems.Count == 0 ? text : text + "; " + string.Join("; ", state.Problems);
    }
}
