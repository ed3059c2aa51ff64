using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Init.Control;
using InitTx.Protocol;
using InitTx.Protocol.Calls;
using InitTx.Tests.Served;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// Requests as clients send them, every method in every state of the manager, through the control
/// server to the engine and back. The first byte says in which state; then messages, each ended by
/// NUL, from root or from a user in turn.
/// </summary>
internal static class ManagerTargets
{
    private const int User = 1_000;

    /// <summary>More find nothing new, and an input shall not take longer than a hang.</summary>
    private const int MostMessages = 16;

    private static readonly string[] Words =
    [
        "{\"method\":\"io.inittx.Manager.", "\",\"parameters\":{", "}}\0", "\"more\":true,",
        "\"oneway\":true,", "\"units\":[\"slow.service\"]", "\"units\":[\"none.service\"]",
        "\"units\":[]", "\"transaction\":1", "\"transaction\":9223372036854775807", "\"signal\":9",
        "\"mode\":\"queue\"", "\"timeout\":1e-6", "\"settle\":600", "\"stops\":[\"a.service\"]",
        "\"noBlock\":true", "\"cancelOnDisconnect\":true", "\"verb\":\"isolate\"", "\0", "null",
        "Poweroff", "Reexec", "DaemonReload", "Undo", "Isolate", "ResetFailed", "CancelTransaction",
    ];

    /// <summary>What was asked for, and what happened, before the messages come.</summary>
    private static readonly Action<ServedEngine>[] States =
    [
        static _ => { },
        static s => Ask(s, "Start", "b.service"),
        static s => Ask(s, "Start", "slow.service"),
        static s =>
        {
            Ask(s, "Start", "slow.service");
            Ask(s, "Stop", "a.service");
        },
        static s =>
        {
            Ask(s, "Start", "slow.service");
            s.SayReady("slow.service");
            s.Fail("slow.service");
        },
        static s =>
        {
            Ask(s, "Start", "slow.service");
            Ask(s, "CancelTransaction", null, "\"transaction\":2");
        },
        static s => Ask(s, "Start", "once.service", ",\"settle\":60"),
        static s =>
        {
            Ask(s, "Start", "slow.service");
            Ask(s, "Restart", "a.service", ",\"mode\":\"queue\"");
        },
        static s =>
        {
            Ask(s, "Start", "b.service");
            Ask(s, "Reexec", null);
        },
        static s =>
        {
            Ask(s, "Start", "stubborn.service");
            Ask(s, "Poweroff", null);
        },
    ];

    public static readonly FuzzTarget Requests =
        new("manager-requests", Check, Make, Words, Cost: 20);

    private static void Ask(ServedEngine served, string method, string? unit, string more = "")
    {
        string units = unit is null ? more : $"\"units\":[\"{unit}\"]{more}";
        served.Call(served.Connect(uid: 0), "io.inittx.Manager." + method, units, more: true);
    }

    private static void Check(byte[] input)
    {
        if (input.Length == 0)
            return;
        var served = new ServedEngine(new ControlOptions(), keepsLog: false);
        States[input[0] % States.Length](served);
        int before = served.Submitted;
        ReadOnlySpan<byte> rest = input.AsSpan(1);
        bool isUser = false;
        for (int messages = 0;
            !rest.IsEmpty && messages < MostMessages && !served.IsOff;
            messages++)
        {
            int end = rest.IndexOf((byte)0);
            ReadOnlySpan<byte> message = end < 0 ? rest : rest[..(end + 1)];
            ConnectionId id = served.Connect(isUser ? User : 0);
            Send(served, id, message, isUser);
            if (messages % 3 == 2)
                served.HangUp(id);
            rest = rest[message.Length..];
            isUser = !isUser;
        }

        Require(served.Submitted - before <= input.Length, "more requests than messages");
        served.Pass(120_000_000);
        foreach ((long request, int ends) in served.Ends)
            Require(ends <= 1, $"request {request} ended {ends} times");
        Require(served.Engine.Jobs.Count <= 64, "jobs of a few units pile up");
    }

    private static void Send(
        ServedEngine served, ConnectionId id, ReadOnlySpan<byte> message, bool isUser)
    {
        byte[] state = isUser ? served.Engine.Digest() : [];
        served.Send(id, message, isUser);
        Require(
            !isUser || served.Engine.Digest().AsSpan().SequenceEqual(state),
            "a user's message changed the manager's state (I20)");
        Require(
            served.Transport.Sent(id).Length <= 4 * ProtocolLimits.ReplyBytes,
            "an answer is without bounds");
    }

    private static byte[] Make(Prng random)
    {
        var text = new StringBuilder();
        for (int n = 1 + random.Below(4); n > 0; n--)
        {
            MethodEntry method = random.Pick(ManagerInterface.Methods);
            text.Append("{\"method\":\"").Append(method.WireName).Append("\",\"more\":")
                .Append(random.OneIn(2) ? "true" : "false").Append(",\"parameters\":{");
            bool isFirst = true;
            foreach ((ParameterKeys key, string name) in ParameterNames.All)
            {
                bool isNeeded = (method.Required & key) != 0;
                if ((method.Allowed & key) == 0 || (!isNeeded && !random.OneIn(4)))
                    continue;
                text.Append(isFirst ? "\"" : ",\"").Append(name).Append("\":")
                    .Append(Value(random, key));
                isFirst = false;
            }

            text.Append("}}\0");
        }

        return [(byte)random.Below(States.Length), .. Encoding.UTF8.GetBytes(text.ToString())];
    }

    private static string Value(Prng random, ParameterKeys key) => key switch
    {
        ParameterKeys.Units or ParameterKeys.Stops =>
            $"[\"{random.Pick(ServedUnits.Names)}\",\"{random.Pick(ServedUnits.Names)}\"]",
        ParameterKeys.Mode => random.Pick(["\"fail\"", "\"replace\"", "\"queue\""]),
        ParameterKeys.Verb => random.Pick(["\"start\"", "\"isolate\"", "\"undo\"", "\"mask\""]),
        ParameterKeys.Whom => random.Pick(["\"all\"", "\"main\"", "\"control\""]),
        ParameterKeys.Timeout or ParameterKeys.Settle => random.Pick(["1", "0.25", "900"]),
        ParameterKeys.Signal => random.Pick(["9", "15", "64"]),
        ParameterKeys.Transaction or ParameterKeys.AfterSeq or ParameterKeys.BeforeSeq
            or ParameterKeys.Limit => FormattableString.Invariant($"{random.Below(6)}"),
        ParameterKeys.PlanHash => $"\"{new string('0', 64)}\"",
        ParameterKeys.States or ParameterKeys.Types or ParameterKeys.Changes => "[\"active\"]",
        ParameterKeys.Interface or ParameterKeys.Reason or ParameterKeys.After => "\"a.service\"",
        _ => random.OneIn(2) ? "true" : "false",
    };
}
