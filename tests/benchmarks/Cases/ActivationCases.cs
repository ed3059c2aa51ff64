using System.Diagnostics;
using System.Net.Sockets;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// From a connection to main() of the service behind the socket, and from READY=1 to the answer
/// that the client of the start gets.
/// </summary>
internal static class ActivationCases
{
    private const int Services = 60;

    public static void Activation(Figures figures)
    {
        var units = new Dictionary<string, string>(StringComparer.Ordinal);
        string goal = "[Unit]\nDefaultDependencies=no\n";
        for (int i = 0; i < Services; i++)
        {
            string name = FormattableString.Invariant($"a{i:00}");
            units[name + ".socket"] =
                $"[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/{name}\n";
            units[name + ".service"] = UnitTexts.Service(i);
            units[FormattableString.Invariant($"n{i:00}.service")] =
                UnitTexts.Service(Services + i)
                    .Replace("[Service]", "[Service]\nType=notify", StringComparison.Ordinal);
            goal += $"Wants={name}.socket\n";
        }

        units["default.target"] = goal;
        using BenchSystem system = BenchSystem.Boot(units, 2 * Services);
        BenchSystem.Await(() => File.Exists(InRoot(system, Services - 1)), "the sockets");
        Thread.Sleep(1000);
        Connections(figures, system);
        Notifications(figures, system);
    }

    private static void Connections(Figures figures, BenchSystem system)
    {
        var took = new Samples();
        for (int i = 0; i < Services; i++)
        {
            using var socket = new Socket(
                AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            long begun = Stopwatch.GetTimestamp();
            socket.Connect(new UnixDomainSocketEndPoint(InRoot(system, i)));
            took.Add((Stamp(system, i) - begun) / 1e6);
        }

        figures.AtMostTimes(
            "connection to main() of its service, median", took.Median, "ms", 4, "restart");
        figures.Add("the same, p99", "", ("ms", took.P99));
    }

    private static void Notifications(Figures figures, BenchSystem system)
    {
        using ControlLine line = system.Connect();
        var took = new Samples();
        for (int i = 0; i < Services; i++)
        {
            string units = FormattableString.Invariant($"{{\"units\":[\"n{i:00}.service\"]}}");
            line.Call("Start", units, more: true);
            long answered = Stopwatch.GetTimestamp();
            took.Add((answered - Stamp(system, Services + i)) / 1e6);
        }

        figures.Add(
            "READY=1 to the answer of its start", "", ("ms", took.Median), ("p99", took.P99));
    }

    private static long Stamp(BenchSystem system, int slot)
    {
        long stamp = 0;
        BenchSystem.Await(() => (stamp = system.ReadStamp(slot)) != 0, "the service", pauseMs: 0);
        return stamp;
    }

    private static string InRoot(BenchSystem system, int service) =>
        FormattableString.Invariant($"/proc/{system.HostPid}/root/run/a{service:00}");
}
