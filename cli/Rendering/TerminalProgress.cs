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

    private void Draw()
    {
        long now = _host.TickMs();
        string what = "waiting";
        foreach ((ChangeAnswer answer, long since) in _open.Values)
        {
            if (answer.State != "running")
                continue;
            double seconds = (now - since) / 1e3;
            string detail = string.IsNullOrEmpty(answer.Detail) ? "" : $", {answer.Detail}";
            what = string.Create(
                CultureInfo.InvariantCulture,
                $"{answer.Kind} {answer.Unit} ({answer.UnitState}{detail}) {seconds:F0} s");
            break;
        }

        string line = SafeText.Clean($"[{_ended.Count}/{Math.Max(_jobs, _ended.Count)}] {what}");
        int width = _host.Width() - 1;
        _host.Out.Write("\r\e[K");
        _host.Out.Write(line.Length > width ? line[..width] : line);
        _host.Out.Flush();
        _drawn = true;
    }
}
