using System.Globalization;
using System.Text;
using InitTx.Init.Control;
using InitTx.Protocol.Calls;
using InitTx.Tests;
using InitTx.Tests.Served;

namespace InitTx.Protocol.Tests.Server;

/// <summary>
/// I20: what users without rights ask for never changes state, and what the manager does is the
/// same with and without them. Two plays of one story, one of them with users in it: rows, effects,
/// every state in between and every answer to the operators have to be equal, byte for byte.
/// </summary>
public sealed class UserRequestTests
{
    private const int Stories = 60;

    // One story in sixty or so meets the rarest breach.
    private const int StoriesToABreach = 20 * Stories;
    private const int UserGid = 4_242;

    /// <summary>What makes the check find something: each breaks the promise on purpose.</summary>
    public enum Fault
    {
        None,

        /// <summary>Users may do what the control group may.</summary>
        RightsForAll,

        /// <summary>A user's hanging up is taken for an operator's.</summary>
        HangUpOfAnother,

        /// <summary>A user's waiting is taken for a cancelling.</summary>
        WaitCancels,
    }

    [Test]
    public void I20_Users_change_nothing_and_what_happens_is_the_same_without_them()
    {
        for (int story = 0; story < Stories; story++)
        {
            int seed = Properties.Seed + story;
            Assert.That(
                Difference(seed, Fault.None), Is.Null,
                $"story {seed}; again: INITX_SEED={Properties.Seed}");
        }
    }

    [TestCase(Fault.RightsForAll)]
    [TestCase(Fault.HangUpOfAnother)]
    [TestCase(Fault.WaitCancels)]
    public void I20_A_breach_is_found(Fault fault)
    {
        Assert.That(
            Enumerable.Range(Properties.Seed, StoriesToABreach)
                .Any(seed => Difference(seed, fault) is not null),
            "the check would not notice");
    }

    [Test]
    public void The_stories_reach_what_they_are_about()
    {
        var story = new Story(Properties.Seed, Fault.None, withUsers: true);
        for (int i = 0; i < Stories; i++)
        {
            story = new Story(Properties.Seed + i, Fault.None, withUsers: true, story);
            story.Play();
        }

        Assert.That(story.Asked.Keys, Is.EquivalentTo(ManagerInterface.Methods));
        Assert.That(story.Waited, Is.GreaterThan(Stories), "waits of users that reach the engine");
    }

    private static string? Difference(int seed, Fault fault)
    {
        List<string> alone = new Story(seed, fault, withUsers: false).Play();
        List<string> among = new Story(seed, fault, withUsers: true).Play();
        for (int i = 0; i < Math.Max(alone.Count, among.Count); i++)
        {
            string first = i < alone.Count ? alone[i] : "nothing";
            string second = i < among.Count ? among[i] : "nothing";
            if (first != second)
                return $"entry {i}\nwithout users: {first}\nwith users:    {second}";
        }

        return null;
    }

    /// <summary>Operators at work, and perhaps users between their steps.</summary>
    private sealed class Story
    {
        private const int Steps = 40;

        private readonly Random _operators;
        private readonly Random _users;
        private readonly Fault _fault;
        private readonly bool _withUsers;
        private readonly ServedEngine _served;
        private readonly List<ConnectionId> _operating = [];
        private readonly List<ConnectionId> _using = [];

        public Story(int seed, Fault fault, bool withUsers, Story? before = null)
        {
            (_operators, _users) = (new Random(seed), new Random(~seed));
            (_fault, _withUsers) = (fault, withUsers);
            _served = new ServedEngine(
                new ControlOptions
                {
                    ControlGid = fault == Fault.RightsForAll ? UserGid : -1,
                },
                keepsLog: true);
            Asked = before?.Asked ?? [];
            Waited = before?.Waited ?? 0;
        }

        /// <summary>What users asked for, and how often.</summary>
        public Dictionary<MethodEntry, int> Asked { get; }

        /// <summary>Requests of users that the engine got.</summary>
        public int Waited { get; private set; }

        /// <summary>All that is to be the same with and without users.</summary>
        public List<string> Play()
        {
            List<string> seen = _served.Log;
            for (int i = 0; i < Steps && !_served.IsOff; i++)
            {
                Operate();
                for (int n = _withUsers ? _users.Next(4) : 0; n > 0; n--)
                    Use();
                seen.Add(Convert.ToHexString(_served.Engine.Digest()));
                foreach (ConnectionId id in _operating)
                    seen.Add(Encoding.UTF8.GetString(_served.Transport.Sent(id)));
                seen.Add(string.Create(
                    CultureInfo.InvariantCulture, $"due {_served.Engine.NextDeadlineUs}"));
            }

            return seen;
        }

        private void Operate()
        {
            switch (_operators.Next(9))
            {
                case 0:
                    _served.Pass(_operators.NextInt64(40_000_000));
                    break;
                case 1:
                    _served.SayReady("slow.service");
                    break;
                case 2:
                    _served.Fail(Pick(_operators, ServedUnits.Names));
                    break;
                case 3 when _operating.Count > 0:
                    int at = _operators.Next(_operating.Count);
                    _served.HangUp(_operating[at]);
                    _operating.RemoveAt(at);
                    break;
                default:
                    // Few at once, so that no limit is reached that users might have a share in.
                    if (_operating.Count > 8)
                        _operating.RemoveAt(0);
                    // Numbers of connections are the test's, and nobody else sees them.
                    _operating.Add(_served.Connect(uid: 0));
                    MethodEntry method = Pick(
                        _operators, [.. ManagerInterface.Methods.Where(IsForOperators)]);
                    _served.Call(
                        _operating[^1], method.WireName, Parameters(_operators, method),
                        more: true);
                    break;
            }
        }

        private void Use()
        {
            if (_using.Count == 0 || (_using.Count < 20 && _users.Next(3) == 0))
                _using.Add(_served.Connect(1_000 + _users.Next(3), UserGid));
            ConnectionId id = Pick(_users, _using);
            if (_users.Next(6) == 0)
            {
                HangUp(id);
                return;
            }

            if (_users.Next(8) == 0)
            {
                byte[] noise = new byte[_users.Next(300)];
                _users.NextBytes(noise);
                _served.Send(id, noise, isUser: true);
                return;
            }

            MethodEntry method = _users.Next(3) == 0
                ? ManagerInterface.Of(ManagerMethod.WaitTransaction)
                : Pick(_users, ManagerInterface.Methods);
            Asked[method] = Asked.GetValueOrDefault(method) + 1;
            string parameters = Parameters(_users, method);
            int before = _served.Submitted;
            _served.Call(id, method.WireName, parameters, _users.Next(2) == 0, isUser: true);
            Waited += _served.Submitted - before;
            if (_fault == Fault.WaitCancels && method.Method == ManagerMethod.WaitTransaction)
            {
                _served.Call(
                    _served.Connect(uid: 0),
                    ManagerInterface.Of(ManagerMethod.CancelTransaction).WireName, parameters,
                    more: false);
            }
        }

        private void HangUp(ConnectionId id)
        {
            _served.HangUp(id);
            _using.Remove(id);
            if (_fault == Fault.HangUpOfAnother && _operating.Count > 0)
                _served.HangUp(_operating[^1]);
        }

        private static bool IsForOperators(MethodEntry method) =>
            method.Privileged || method.Method is ManagerMethod.WaitTransaction
                or ManagerMethod.GetUnits or ManagerMethod.ListTransactions;

        private static string Parameters(Random random, MethodEntry method)
        {
            var text = new List<string>();
            foreach ((ParameterKeys key, string name) in ParameterNames.All)
            {
                bool isNeeded = (method.Required & key) != 0;
                if ((method.Allowed & key) == 0 || (!isNeeded && random.Next(3) > 0))
                    continue;
                text.Add($"\"{name}\":{Value(random, key)}");
            }

            return string.Join(',', text);
        }

        private static string Value(Random random, ParameterKeys key) => key switch
        {
            ParameterKeys.Units or ParameterKeys.Stops =>
                $"[\"{Pick(random, ServedUnits.Names)}\"]",
            ParameterKeys.Mode => $"\"{Pick(random, ["fail", "replace", "queue"])}\"",
            ParameterKeys.Verb => $"\"{Pick(random, ["start", "stop", "restart", "enable"])}\"",
            ParameterKeys.Whom => $"\"{Pick(random, ["all", "main", "control"])}\"",
            ParameterKeys.Timeout => "45",
            ParameterKeys.Settle => "5",
            ParameterKeys.Signal => Pick(random, ["9", "15", "1"]),
            ParameterKeys.Transaction or ParameterKeys.AfterSeq or ParameterKeys.BeforeSeq =>
                random.Next(1, 12).ToString(CultureInfo.InvariantCulture),
            ParameterKeys.Limit => "7",
            ParameterKeys.PlanHash => $"\"{new string('0', 64)}\"",
            ParameterKeys.States => "[\"active\"]",
            ParameterKeys.Types => "[\"service\"]",
            ParameterKeys.Changes => "[\"a link\"]",
            ParameterKeys.Interface => "\"io.inittx.Manager\"",
            ParameterKeys.Reason or ParameterKeys.After => "\"x\"",
            _ => "true",
        };

        private static T Pick<T>(Random random, IReadOnlyList<T> from) =>
            from[random.Next(from.Count)];
    }
}
