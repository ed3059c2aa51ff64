using System.ComponentModel;
using System.Diagnostics;
using InitTx.Linux.Channels;

namespace InitTx.Exec.Bus;

/// <summary>
/// <c>initx-exec --bus-activation SOCKET INITX</c>: starts services for a message bus, each by
/// <c>INITX start UNIT</c>, so that such a start is a request like any other, with its transaction
/// and its rows. A service of its own, which PID 1 does not need; it goes with the bus.
/// </summary>
internal sealed class ActivationServer : IActivationActs
{
    private const int FirstPauseMs = 50;
    private const int LastPauseMs = 2_000;
    private const int LookMs = 50;

    // The bus gives up after 25 s and tells its caller so; a start may still end well later.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private readonly string _initx;
    private readonly ActivationBook _book;
    private readonly List<(string Unit, Process Process, long Since)> _starts = [];
    private BusConnection? _bus;
    private bool _isLost;
    private string? _why;

    private ActivationServer(string initx)
    {
        _initx = initx;
        _book = new ActivationBook(this);
    }

    public static int Run(string socket, string initx)
    {
        if (!Path.IsPathFullyQualified(socket) || !Path.IsPathFullyQualified(initx))
            return Usage.Wrong("--bus-activation: two absolute paths are needed");
        return new ActivationServer(initx).Serve(socket);
    }

    /// <inheritdoc/>
    public void Send(Func<uint, byte[]> message) => _isLost |= _bus is null || !_bus.Send(message);

    /// <inheritdoc/>
    public void GiveUp(string why) => _why = why;

    /// <inheritdoc/>
    public void Start(string unit)
    {
        string[] words = ["start", "--reason=asked for by the message bus", "--", unit];
        var start = new ProcessStartInfo(_initx, words)
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        try
        {
            Process process = Process.Start(start)
                ?? throw new InvalidOperationException("no process came of it");
            process.StandardInput.Close();
            _starts.Add((unit, process, Stopwatch.GetTimestamp()));
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            Console.Error.WriteLine($"initx-exec: {_initx}: {e.Message}");
            _book.Ended(unit, $"{_initx}: {e.Message}");
        }
    }

    private int Serve(string socket)
    {
        int pauseMs = FirstPauseMs;
        while (_why is null)
        {
            if (_bus is null)
            {
                _bus = BusConnection.Open(socket, out _);
                pauseMs = _bus is null ? Math.Min(pauseMs * 2, LastPauseMs) : FirstPauseMs;
                _isLost = false;
                if (_bus is not null)
                    _book.Connected();
            }

            int idleMs = _bus is null ? pauseMs : -1;
            BlockingWait.Readable(_bus?.Fd ?? -1, -1, _book.IsBusy ? LookMs : idleMs);
            if (_bus is not null && !_bus.Read(_book.Hear))
                _isLost = true;
            Reap();
            if (_isLost)
            {
                _bus?.Dispose();
                _bus = null;
            }
        }

        Console.Error.WriteLine($"initx-exec: {_why}");
        return 1;
    }

    private void Reap()
    {
        for (int i = _starts.Count - 1; i >= 0; i--)
        {
            (string unit, Process process, long since) = _starts[i];
            if (!process.HasExited)
            {
                if (Stopwatch.GetElapsedTime(since) < StartLimit)
                    continue;
                process.Kill();
                process.WaitForExit();
            }

            _starts.RemoveAt(i);
            _book.Ended(unit, process.ExitCode == 0
                ? null
                : $"it could not be started; see: initx why {unit}");
            process.Dispose();
        }
    }
}
