using InitTx.Tests;
using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Protocol.Calls;

namespace InitTx.Protocol.Tests;

/// <summary>
/// Whatever a client sends is a call or an error value, and never two things at once.
/// </summary>
public sealed class CallReaderTests
{
    private const string M = "\"method\":\"io.inittx.Manager.";

    [Test]
    public void A_call_with_all_parameters_of_its_method_is_read()
    {
        Call call = Good(
            "{" + M + "Start\",\"more\":true,\"parameters\":{"
            + "\"units\":[\"a.service\",\"b.service\"],"
            + "\"mode\":\"replace\",\"noBlock\":true,\"timeout\":1.5,\"reason\":\"grüße \\u00e9\","
            + "\"cancelOnDisconnect\":false,\"planHash\":\"" + new string('a', 64) + "\"}}");
        Assert.That(call.Method.Method, Is.EqualTo(ManagerMethod.Start));
        Assert.That(call.More);
        Assert.That(call.Parameters.Units, Is.EqualTo(new[] { "a.service", "b.service" }));
        Assert.That(call.Parameters.TimeoutUs, Is.EqualTo(1_500_000));
        Assert.That(call.Parameters.Reason, Is.EqualTo("grüße é"));
        Assert.That(call.Parameters.NoBlock);
    }

    [Test]
    public void Parameters_may_stand_before_the_method()
    {
        Call call = Good("{\"parameters\":{\"units\":[\"a\"]}," + M + "GetUnits\"}");
        Assert.That(call.Method.Method, Is.EqualTo(ManagerMethod.GetUnits));
    }

    [TestCase("", CallErrorKind.BadMessage)]
    [TestCase("null", CallErrorKind.BadMessage)]
    [TestCase("[]", CallErrorKind.BadMessage)]
    [TestCase("{", CallErrorKind.BadMessage)]
    [TestCase("{}", CallErrorKind.BadMessage)]
    [TestCase("{} {}", CallErrorKind.BadMessage)]
    [TestCase("{\"method\":null}", CallErrorKind.BadMessage)]
    [TestCase("{\"method\":7}", CallErrorKind.BadMessage)]
    [TestCase("{\"method\":\"\"}", CallErrorKind.InterfaceNotFound)]
    [TestCase("{\"method\":\"Start\"}", CallErrorKind.InterfaceNotFound)]
    [TestCase("{\"method\":\"org.other.Thing.Do\"}", CallErrorKind.InterfaceNotFound)]
    [TestCase("{" + M + "start\"}", CallErrorKind.MethodNotFound)]
    [TestCase("{\"method\":\"\\ud800\"}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\"," + M + "Ping\"}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"more\":true,\"more\":true}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"more\":null}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"more\":\"true\"}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"upgrade\":true}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"extra\":1}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"parameters\":null}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"parameters\":[]}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",\"parameters\":{},\"parameters\":{}}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\",}", CallErrorKind.BadMessage)]
    [TestCase("{" + M + "Ping\"/**/}", CallErrorKind.BadMessage)]
    public void What_is_no_call_is_an_error(string text, CallErrorKind kind)
    {
        Assert.That(Bad(text).Kind, Is.EqualTo(kind));
    }

    [TestCase("GetUnits", "", "units")]
    [TestCase("GetUnits", "\"units\":null", "units")]
    [TestCase("GetUnits", "\"units\":\"a\"", "units")]
    [TestCase("GetUnits", "\"units\":[null]", "units")]
    [TestCase("GetUnits", "\"units\":[1]", "units")]
    [TestCase("GetUnits", "\"units\":[[\"a\"]]", "units")]
    [TestCase("GetUnits", "\"units\":[\"\"]", "units")]
    [TestCase("GetUnits", "\"units\":[\"a\\u0000b\"]", "units")]
    [TestCase("GetUnits", "\"units\":[\"a\"],\"units\":[\"b\"]", "units")]
    [TestCase("GetUnits", "\"units\":[\"a\"],\"colour\":1", "colour")]
    [TestCase("GetUnits", "\"units\":[\"a\"],\"signal\":9", "signal")]
    [TestCase("Kill", "\"units\":[\"a\"],\"signal\":0", "signal")]
    [TestCase("Kill", "\"units\":[\"a\"],\"signal\":65", "signal")]
    [TestCase("Kill", "\"units\":[\"a\"],\"signal\":9.5", "signal")]
    [TestCase("Kill", "\"units\":[\"a\"],\"signal\":99999999999999999999", "signal")]
    [TestCase("Kill", "\"units\":[\"a\"],\"signal\":\"9\"", "signal")]
    [TestCase("Start", "\"units\":[\"a\"],\"timeout\":0", "timeout")]
    [TestCase("Start", "\"units\":[\"a\"],\"timeout\":-1", "timeout")]
    [TestCase("Start", "\"units\":[\"a\"],\"timeout\":1e400", "timeout")]
    [TestCase("Start", "\"units\":[\"a\"],\"timeout\":1e12", "timeout")]
    [TestCase("Start", "\"units\":[\"a\"],\"noBlock\":1", "noBlock")]
    [TestCase("Start", "\"units\":[\"a\"],\"planHash\":\"ABC\"", "planHash")]
    [TestCase("Start", "\"units\":[\"a\"],\"reason\":\"\\u001b[2J\"", "reason")]
    [TestCase("ReadHistory", "\"afterSeq\":-1", "afterSeq")]
    [TestCase("ReadHistory", "\"limit\":257", "limit")]
    [TestCase("WaitTransaction", "\"transaction\":0", "transaction")]
    public void A_wrong_parameter_is_named(string method, string parameters, string name)
    {
        CallError error = Bad("{" + M + method + "\",\"parameters\":{" + parameters + "}}");
        Assert.That(error.Kind, Is.EqualTo(CallErrorKind.InvalidParameter), error.Message);
        Assert.That(error.Subject, Is.EqualTo(name));
    }

    [Test]
    public void Half_a_surrogate_pair_and_broken_utf8_are_errors()
    {
        Assert.That(
            Bad("{" + M + "GetUnits\",\"parameters\":{\"units\":[\"a\\udc00\"]}}").Kind,
            Is.EqualTo(CallErrorKind.BadMessage));
        byte[] raw = Encoding.UTF8.GetBytes(
            "{" + M + "GetUnits\",\"parameters\":{\"units\":[\"?\"]}}");
        raw[Array.LastIndexOf(raw, (byte)'?')] = 0xff;
        Assert.That(CallReader.TryRead(raw, out _, out CallError? error), Is.False);
        Assert.That(error!.Kind, Is.EqualTo(CallErrorKind.BadMessage));
    }

    [Test]
    public void Deep_nesting_is_refused_without_recursion()
    {
        string deep = new string('[', 100_000);
        Assert.That(Bad(deep).Kind, Is.EqualTo(CallErrorKind.BadMessage));
        Assert.That(
            Bad("{" + M + "GetUnits\",\"parameters\":{\"units\":" + deep).Kind,
            Is.EqualTo(CallErrorKind.InvalidParameter));
    }

    [Test]
    public void Counts_and_lengths_are_capped()
    {
        string many = string.Join(',', Enumerable.Repeat("\"a\"", ProtocolLimits.Units + 1));
        Assert.That(Bad("{" + M + "Start\",\"parameters\":{\"units\":[" + many + "]}}").Message,
            Does.Contain("1024"));
        string name = new string('a', ProtocolLimits.NameChars + 1);
        Assert.That(Bad("{" + M + "Start\",\"parameters\":{\"units\":[\"" + name + "\"]}}").Message,
            Does.Contain("255"));
        Assert.That(Bad("{\"method\":\"" + new string('m', 5_000) + "\"}").Kind,
            Is.EqualTo(CallErrorKind.BadMessage));
    }

    [Test]
    public void Every_prefix_and_every_flipped_byte_of_a_call_is_answered()
    {
        byte[] good = Encoding.UTF8.GetBytes(
            "{" + M + "Start\",\"parameters\":{\"units\":[\"a.service\"],\"timeout\":1e1}}");
        for (int i = 0; i < good.Length; i++)
        {
            Assert.That(CallReader.TryRead(good.AsSpan(0, i), out _, out _), Is.False);
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] flipped = [.. good];
                flipped[i] ^= (byte)(1 << bit);
                bool ok = CallReader.TryRead(flipped, out Call? call, out CallError? error);
                Assert.That((call is not null, error is null), Is.EqualTo((ok, ok)), $"{i}:{bit}");
            }
        }
    }

    [Test]
    public void Arbitrary_bytes_are_answered()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            bool ok = CallReader.TryRead(bytes, out Call? call, out CallError? error);
            return ok == (call is not null) && ok == (error is null);
        }).Check(Properties.Config);
    }

    [Test]
    public void What_the_writer_writes_the_reader_reads()
    {
        Gen<string> name = Gen.Elements(
            "a.service", "b@x\\x2dy.socket", "é.target", "\"q\\u.service");
        Gen<Call> calls =
            from index in Gen.Choose(0, ManagerInterface.Methods.Count - 1)
            from mask in Gen.Choose(0, int.MaxValue)
            from units in Gen.NonEmptyListOf(name)
            from number in Gen.Choose(1, 64)
            from flag in Gen.Elements(true, false)
            select Make(
                ManagerInterface.Methods[index], (ParameterKeys)mask, [.. units], number, flag);
        Prop.ForAll(calls.ToArbitrary(), call =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            CallWriter.Write(buffer, call);
            ReadOnlySpan<byte> frame = buffer.WrittenSpan[..^1];
            if (buffer.WrittenSpan[^1] != 0 || frame.Contains((byte)0))
                return false;
            return CallReader.TryRead(frame, out Call? back, out _)
                && back.Method == call.Method && back.More == call.More
                && back.Parameters.Units.SequenceEqual(call.Parameters.Units)
                && back.Parameters.Stops.SequenceEqual(call.Parameters.Stops)
                && back.Parameters.States.SequenceEqual(call.Parameters.States)
                && back.Parameters.Types.SequenceEqual(call.Parameters.Types)
                && back.Parameters.Changes.SequenceEqual(call.Parameters.Changes)
                && Bare(back.Parameters) == Bare(call.Parameters);
        }).Check(Properties.Config);
    }

    private static string[] Few(string[] words) =>
        words[..Math.Min(words.Length, ProtocolLimits.FilterWords)];

    private static CallParameters Bare(CallParameters p) =>
        p with { Units = [], Stops = [], States = [], Types = [], Changes = [] };

    private static Call Make(
        MethodEntry method, ParameterKeys mask, string[] units, int number, bool flag)
    {
        ParameterKeys present = (mask & method.Allowed) | method.Required;
        bool Has(ParameterKeys key) => (present & key) != 0;
        var p = new CallParameters { Present = present };
        if (Has(ParameterKeys.Units)) p = p with { Units = units };
        if (Has(ParameterKeys.States)) p = p with { States = Few(units) };
        if (Has(ParameterKeys.Types)) p = p with { Types = Few(units) };
        if (Has(ParameterKeys.Changes)) p = p with { Changes = units };
        if (Has(ParameterKeys.Mode)) p = p with { Mode = units[0] };
        if (Has(ParameterKeys.NoBlock)) p = p with { NoBlock = flag };
        if (Has(ParameterKeys.NoRollback)) p = p with { NoRollback = flag };
        if (Has(ParameterKeys.CancelOnDisconnect)) p = p with { CancelOnDisconnect = flag };
        if (Has(ParameterKeys.All)) p = p with { All = flag };
        if (Has(ParameterKeys.PlanHash)) p = p with { PlanHash = new string('0', 64) };
        if (Has(ParameterKeys.Timeout)) p = p with { TimeoutUs = number * 1_234_567L };
        if (Has(ParameterKeys.Settle)) p = p with { SettleUs = number * 1_234_567L };
        if (Has(ParameterKeys.Stops)) p = p with { Stops = units };
        if (Has(ParameterKeys.Force)) p = p with { Force = flag };
        if (Has(ParameterKeys.NoCheck)) p = p with { NoCheck = flag };
        if (Has(ParameterKeys.Action)) p = p with { Action = units[0] };
        if (Has(ParameterKeys.Reason)) p = p with { Reason = units[0] };
        if (Has(ParameterKeys.Signal)) p = p with { Signal = number };
        if (Has(ParameterKeys.Whom)) p = p with { Whom = "main" };
        if (Has(ParameterKeys.Transaction)) p = p with { Transaction = number };
        if (Has(ParameterKeys.Verb)) p = p with { Verb = "start" };
        if (Has(ParameterKeys.After)) p = p with { After = units[0] };
        if (Has(ParameterKeys.AfterSeq)) p = p with { AfterSeq = number };
        if (Has(ParameterKeys.BeforeSeq)) p = p with { BeforeSeq = number };
        if (Has(ParameterKeys.Limit)) p = p with { Limit = number };
        if (Has(ParameterKeys.Interface)) p = p with { Interface = "x" };
        return new Call(method, p, flag, !flag);
    }

    private static Call Good(string text)
    {
        bool ok = CallReader.TryRead(
            Encoding.UTF8.GetBytes(text), out Call? call, out CallError? e);
        Assert.That(ok, e?.Message);
        return call!;
    }

    private static CallError Bad(string text)
    {
        Assert.That(
            CallReader.TryRead(
                Encoding.UTF8.GetBytes(text), out _, out CallError? error), Is.False);
        return error!;
    }
}
