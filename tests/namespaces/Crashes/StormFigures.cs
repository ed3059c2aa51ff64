using System.Globalization;
using System.Text;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// What the storm has seen, of all its systems; its report takes lines of the form "figure: ..."
/// from the test's output. Thread-safe.
/// </summary>
internal sealed class StormFigures(string[] kinds)
{
    private readonly Dictionary<string, List<double>> _system =
        kinds.ToDictionary(kind => kind, _ => new List<double>());

    private readonly Dictionary<string, List<double>> _user =
        kinds.ToDictionary(kind => kind, _ => new List<double>());

    private int _answers;
    private int _doors;
    private int _stored;
    private int _elapses;

    /// <summary>Children that ended while PID 1 was away.</summary>
    internal int Ended { get; private set; }

    /// <summary>Exits of them that are on record.</summary>
    internal int Recorded { get; private set; }

    internal void Add(Blow blow, double milliseconds, bool isUser)
    {
        lock (_system)
            (isUser ? _user : _system)[blow.Name].Add(milliseconds);
    }

    internal void Add(ActivationWatch watch, int elapses)
    {
        lock (_system)
        {
            _answers += watch.Answers;
            _doors += watch.Doors;
            _stored += watch.StoredSeen;
            _elapses += elapses;
        }
    }

    internal void AddExits(int ended, int recorded)
    {
        lock (_system)
        {
            Ended += ended;
            Recorded += recorded;
        }
    }

    /// <param name="isWhole">False: the storm was cut short by a failure, shown elsewhere.</param>
    internal void Report(bool isWhole)
    {
        StringBuilder table = new();
        table.AppendLine("kind                    PID 1  back, median ms   user's manager");
        foreach ((string kind, List<double> times) in _system)
        {
            List<double> user = _user[kind];
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"{kind,-22}{times.Count,7}{Median(times),12:F1}{user.Count,12}"
                + $"{Median(user),12:F1}");
        }

        int reexecs = _system[Blow.Reexec.Name].Count;
        int crashes = _system.Values.Sum(times => times.Count) - reexecs;
        string none = isWhole ? "0" : "see failure";
        string[] lines =
        [
            $"crashes {crashes}, re-execs {reexecs}, exits of PID 1 {none}, live services "
            + $"restarted {none}, children ended {Ended}, exit statuses lost {Ended - Recorded}",
            $"answers on sockets {_answers}, clients of a service that was down {_doors}, "
            + $"lost {none}",
            $"stored descriptors looked at {_stored}, lost {none}; elapses of timers {_elapses}, "
            + $"lost or doubled {none}; watchdogs that bit too early {none}",
        ];
        foreach (string line in lines)
            table.AppendLine(line);
        TestContext.Progress.WriteLine(table);
        foreach (string line in table.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            TestContext.Out.WriteLine($"figure: {line}");
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times.Count > 0 ? times[times.Count / 2] : 0;
    }
}
