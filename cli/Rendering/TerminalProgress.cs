using System.Globalization;
using InitTx.Cli.Hosting;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>
/// On a terminal: failures as they come, and, once the wait is long enough to wonder, one line that
/// is drawn over: how many jobs are done, which one is waited for, how long already.
/// </summary>
internal sealed class TerminalProgress : ProgressView
{
    private const int PatienceMs = 400;
    private const int BarColumns = 20;
    private readonly CliHost _host;
    private readonly Paint _paint;
    private readonly long _begunMs;
    private readonly OrderedDictionary<long, (ChangeAnswer Answer, long SinceMs)> _open = [];
    private readonly HashSet<long> _ended = [];
    private int _jobs;
    private bool _drawn;

    public TerminalProgress(CliHost host, Paint paint)
    {
        _host = host;
        _paint = paint;
        _begunMs = host.TickMs();
    }

    public override int TickMs => _drawn ? 1_000 : PatienceMs;

    public override void Show(ChangeAnswer answer, ReadOnlySpan<byte> json)
    {
        switch (answer.Event)
        {
            case "accepted":
                _jobs = answer.Jobs;
                break;
            case "progress" when answer.State == "ended":
                _open.Remove(answer.Job);
                _ended.Add(answer.Job);
                if (answer.Result is not ("done" or "skipped"))
                    ShowFailure(answer);
                break;
            case "progress":
                long since = _open.TryGetValue(answer.Job, out var known)
                    ? known.SinceMs
                    : _host.TickMs();
                _open.Remove(answer.Job);
                _open.Add(answer.Job, (answer, since));
                break;
        }

        if (_drawn || _host.TickMs() - _begunMs >= PatienceMs)
            Draw();
    }

    public override void Tick() => Draw();

    public override void Clear()
    {
        if (!_drawn)
            return;
        _host.Out.Write("\r\e[K");
        _host.Out.Flush();
        _drawn = false;
    }

    public override void Reconnecting(string why)
    {
        Clear();
        _host.Out.WriteLine(_paint.Warn(SafeText.Clean(why)));
        _host.Out.Flush();
    }

    private void ShowFailure(ChangeAnswer answer)
    {
        Clear();
        string detail = string.IsNullOrEmpty(answer.Detail) ? "" : $": {answer.Detail}";
        string line = SafeText.Clean($"{answer.Unit}: {answer.Kind} {answer.Result}{detail}");
        _host.Out.WriteLine(_paint.Bad(line));
    }

    // The job that runs for longest, and how many others do: which one to ask about.
    private string Waiting()
    {
        int running = 0;
        string first = "";
        foreach ((ChangeAnswer answer, long since) in _open.Values)
        {
            if (answer.State != "running" || ++running > 1)
                continue;
            double seconds = (_host.TickMs() - since) / 1e3;
            string detail = string.IsNullOrEmpty(answer.Detail) ? "" : $" ({answer.Detail})";
            first = string.Create(
                CultureInfo.InvariantCulture,
                $"{answer.Kind} {answer.Unit}{detail} {seconds:F0} s");
        }

        return running > 1 ? $"{first}, {running - 1} more" : first;
    }

    private void Draw()
    {
        int all = Math.Max(_jobs, _ended.Count);
        int full = all == 0 ? 0 : BarColumns * _ended.Count / all;
        string bar = new string('━', full) + new string('╌', BarColumns - full);
        string line = SafeText.Clean($"{bar} {_ended.Count}/{all} {Waiting()}".TrimEnd());
        int width = _host.Width() - 1;
        _host.Out.Write("\r\e[K");
        _host.Out.Write(line.Length > width ? line[..width] : line);
        _host.Out.Flush();
        _drawn = true;
    }
}
