using System.Buffers;
using System.Text;
using InitTx.Core;
using InitTx.Fuzz.Running;
using InitTx.Linux.Notify;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;
using InitTx.Protocol.Framing;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>What others send over sockets: notify datagrams, frames, requests, replies.</summary>
internal static class WireTargets
{
    private const int StatusMax = 256;

    private static readonly string[] NotifyWords =
    [
        "READY=1\n", "WATCHDOG=1\n", "STATUS=up \u00e9\n", "MAINPID=12\n", "RELOADING=1\n",
        "STOPPING=1\n", "ERRNO=5\n", "BUSERROR=x\n", "EXTEND_TIMEOUT_USEC=99999999999999999999\n",
        "FDSTORE=1\n", "FDNAME=a:b\n", "BARRIER=1", "MONOTONIC_USEC=1\n", "WATCHDOG=trigger\n",
        "EXIT_STATUS=255\n", "=", "\n", "\0", "READY=", "X_Y=1\n", "MAINPID=-1\n",
    ];

    private static readonly string[] CallWords =
    [
        "{", "}", "[", "]", ",", ":", "\"method\":", "\"io.inittx.Manager.Start\"",
        "\"parameters\":", "\"units\":", "\"a.service\"", "\"more\":true",
        "\"oneway\":false", "\"mode\":\"fail\"",
        "\"timeout\":1e308", "\"signal\":64", "\"changes\":[\"x\"]", "null", "-1", "0.5", "1e999",
        "\"\\ud800\"", "\"\\u0000\"", "\"io.inittx.Manager.GetUnits\"", " ", "\"verb\":\"enable\"",
        "\"org.varlink.service.GetInfo\"", "\"transaction\":9223372036854775808", "//x", "\0",
        "{\"error\":\"a.b\",\"parameters\":{}}", "{\"continues\":true,\"parameters\":{\"a\":[1]}}",
    ];

    public static readonly FuzzTarget Notify = new("notify", CheckNotify, random =>
        Grammar.Line(random, NotifyWords), NotifyWords);

    public static readonly FuzzTarget Request = new("request", CheckRequest, MakeCall, CallWords);

    public static readonly FuzzTarget Frames = new("frames", CheckFrames, MakeCall, CallWords);

    private static void CheckNotify(byte[] input)
    {
        NotifyMessage message = NotifyParser.Parse(input, StatusMax, out bool barrier);
        Require((message.Status?.Length ?? 0) <= StatusMax, "a status is longer than its limit");
        Require(!barrier || !message.Ready, "a barrier says that it is ready");
        NotifyMessage again = NotifyParser.Parse(input, StatusMax, out bool same);
        Require(again == message && same == barrier, "the same bytes are another message");
    }

    private static void CheckRequest(byte[] input)
    {
        bool good = CallReader.TryRead(input, out Call? call, out CallError? error);
        Require(good == (call is not null) && good == (error is null), "neither call nor error");
        if (error is not null)
        {
            Require(error.Message.Length > 0, "an error has no message");
            Require(error.Subject.Length <= ProtocolLimits.MethodChars, "a subject is long");
        }

        if (call is not null)
        {
            var written = new ArrayBufferWriter<byte>();
            CallWriter.Write(written, call);
            Require(CallReader.TryRead(written.WrittenSpan[..^1], out Call? again, out _)
                && again.Method == call.Method
                && again.Parameters.Present == call.Parameters.Present
                && again.Parameters.Units.SequenceEqual(call.Parameters.Units),
                "a call that was written is read as another");
        }

        bool answered = ReplyReader.TryRead(input, out Reply reply, out string problem);
        Require(answered || problem.Length > 0, "a reply is refused without a reason");
        Require(!answered || reply.Parameters(input).Length <= Math.Max(input.Length, 2),
            "a reply's parameters are nowhere");
    }

    // The stream in one piece and in pieces gives the same frames.
    private static void CheckFrames(byte[] input)
    {
        const int Limit = 512;
        List<string> whole = Cut(input, input.Length, Limit);
        int step = input.Length == 0 ? 1 : 1 + (input[0] % 13);
        List<string> pieces = Cut(input, step, Limit);
        Require(whole.SequenceEqual(pieces), "the frames depend on how the bytes arrive");
    }

    private static List<string> Cut(byte[] input, int step, int limit)
    {
        using var frames = new FrameReader(limit);
        List<string> found = [];
        for (int at = 0; at < input.Length; at += step)
        {
            frames.Append(input.AsSpan(at, Math.Min(step, input.Length - at)));
            FrameStatus status;
            while ((status = frames.TryRead(out ReadOnlySpan<byte> frame)) == FrameStatus.Frame)
            {
                Require(frame.Length <= limit, "a frame is longer than the limit");
                found.Add(Convert.ToHexString(frame));
            }

            if (status == FrameStatus.TooLong)
            {
                found.Add("too long");
                break;
            }
        }

        return found;
    }

    private static byte[] MakeCall(Prng random)
    {
        if (random.OneIn(2))
            return Grammar.Line(random, CallWords);
        var text = new StringBuilder("{\"method\":\"")
            .Append(random.Pick(ManagerInterface.Methods).WireName)
            .Append("\",\"parameters\":{");
        for (int n = random.Below(4), i = 0; i < n; i++)
        {
            text.Append(i == 0 ? "" : ",").Append('"')
                .Append(random.Pick(ParameterNames.All).Name).Append("\":")
                .Append(random.Pick((string[])["[\"a.service\"]", "true", "1", "\"x\"", "[]"]));
        }

        text.Append("}}").Append(random.OneIn(3) ? "\0" : "");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
