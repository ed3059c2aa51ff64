using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace InitTx.Vm.Tests.Harness;

/// <summary>
/// One QMP connection: commands out, events in. Owned by one machine; the reader runs on a thread
/// of its own until QEMU closes the socket.
/// </summary>
public sealed class QemuMonitor : IDisposable
{
    private readonly Socket socket =
        new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<string> received = [];
    private readonly Lock guard = new();
    private readonly Thread reader;

    /// <summary>Connects to a monitor that QEMU listens on, and leaves the greeting mode.</summary>
    public QemuMonitor(string path)
    {
        socket.Connect(new UnixDomainSocketEndPoint(path));
        reader = new Thread(ReadAll) { IsBackground = true, Name = "qmp" };
        reader.Start();
        Send("{\"execute\":\"qmp_capabilities\"}");
    }

    /// <summary>
    /// The reason of the SHUTDOWN event ("guest-shutdown", "guest-reset", …), once there is one.
    /// </summary>
    public string? ShutdownReason
    {
        get
        {
            foreach (string line in Lines())
            {
                using JsonDocument message = JsonDocument.Parse(line);
                if (message.RootElement.TryGetProperty("event", out JsonElement name)
                    && name.GetString() == "SHUTDOWN")
                {
                    JsonElement data = message.RootElement.GetProperty("data");
                    return data.GetProperty("reason").GetString();
                }
            }
            return null;
        }
    }

    public string Transcript => string.Join('\n', Lines());

    /// <summary>Runs a line of the human monitor, such as "sendkey ctrl-alt-delete".</summary>
    public void Human(string line) => Send(
        "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
        + JsonEncodedText.Encode(line) switch { var text => $"\"{text}\"" } + "}}");

    public void Dispose() => socket.Dispose();

    private void Send(string command) => socket.Send(Encoding.UTF8.GetBytes(command + "\n"));

    private string[] Lines()
    {
        lock (guard)
            return [.. received];
    }

    private void ReadAll()
    {
        try
        {
            using StreamReader lines = new(new NetworkStream(socket));
            while (lines.ReadLine() is { } line)
            {
                lock (guard)
                    received.Add(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // QEMU is gone, or the test let go of it: there is nothing more to read either way.
        }
    }
}
