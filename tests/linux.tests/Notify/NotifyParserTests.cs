using System.Text;
using FsCheck.Fluent;
using InitTx.Core;
using InitTx.Linux.Notify;
using InitTx.Tests;

namespace InitTx.Linux.Tests.Notify;

[TestFixture]
public sealed class NotifyParserTests
{
    private const int StatusMax = 64;

    private static readonly TestCaseData[] Messages =
    [
        new("READY=1", new NotifyMessage { Ready = true }),
        new("READY=1\n", new NotifyMessage { Ready = true }),
        new("READY=0", new NotifyMessage()),
        new("READY=11", new NotifyMessage()),
        new("RELOADING=1\nMONOTONIC_USEC=5",
            new NotifyMessage { Reloading = true, MonotonicUs = 5 }),
        new("FDSTORE=1\nFDNAME=state\nFDPOLL=0", new NotifyMessage
        {
            StoresDescriptors = true,
            DescriptorName = "state",
            KeepsBroken = true,
        }),
        new("FDSTORE=1\nFDNAME=a:b", new NotifyMessage { StoresDescriptors = true }),
        new("FDSTOREREMOVE=1\nFDNAME=x y\nFDNAME=x", new NotifyMessage
        {
            RemovesDescriptors = true,
            DescriptorName = "x",
        }),
        new("BUSERROR=org.example.Bad\nEXIT_STATUS=7\nEXIT_STATUS=8", new NotifyMessage
        {
            BusError = "org.example.Bad",
            ExitStatus = 7,
        }),
        new("STOPPING=1", new NotifyMessage { Stopping = true }),
        new("WATCHDOG=1", new NotifyMessage { WatchdogPing = true }),
        new("WATCHDOG=trigger", new NotifyMessage { WatchdogTrigger = true }),
        new("WATCHDOG_USEC=30000000", new NotifyMessage { WatchdogUs = 30_000_000 }),
        new("WATCHDOG_USEC=0", new NotifyMessage()),
        new("STATUS=one\nSTATUS=two", new NotifyMessage { Status = "one" }),
        new("STATUS=", new NotifyMessage { Status = "" }),
        new(
            "STATUS=a\tb\u001b[2J\u0085c",
            new NotifyMessage { Status = "a\uFFFDb\uFFFD[2J\uFFFDc" }),
        new("MAINPID=42", new NotifyMessage { MainPid = new(42, 0) }),
        new("MAINPID=1\nMAINPID=2", new NotifyMessage { MainPid = new(1, 0) }),
        new("MAINPID=0", new NotifyMessage()),
        new("MAINPID=-1", new NotifyMessage()),
        new("MAINPID=+1", new NotifyMessage()),
        new("MAINPID= 1", new NotifyMessage()),
        new("MAINPID=1x", new NotifyMessage()),
        new("MAINPID=4294967297", new NotifyMessage()),
        new("MAINPID=99999999999999999999", new NotifyMessage()),
        new("ERRNO=2", new NotifyMessage { Errno = 2 }),
        new("ERRNO=4096", new NotifyMessage()),
        new("EXTEND_TIMEOUT_USEC=9", new NotifyMessage { ExtendTimeoutUs = 9 }),
        new("READY=1\0STOPPING=1", new NotifyMessage { Ready = true }),
        new("=1\nREADY\n\n\nSTOPPING=1\nFDSTORE=2", new NotifyMessage { Stopping = true }),
        new("", new NotifyMessage()),
        new("ready=1", new NotifyMessage()),
    ];

    [TestCaseSource(nameof(Messages))]
    public void A_datagram_gives_what_is_well_formed_in_it(string text, NotifyMessage expected) =>
        Assert.That(Parse(text), Is.EqualTo(expected));

    [TestCase("BARRIER=1", true)]
    [TestCase("BARRIER=1\n", true)]
    [TestCase("BARRIER=1\nREADY=1", false)]
    [TestCase("BARRIER=2", false)]
    public void A_barrier_stands_alone(string text, bool expected)
    {
        NotifyParser.Parse(Encoding.UTF8.GetBytes(text), StatusMax, out bool barrier);
        Assert.That(barrier, Is.EqualTo(expected));
    }

    [Test]
    public void Status_is_cut_at_its_limit_and_never_inside_a_character()
    {
        string text = new string('x', StatusMax - 1) + "\U0001F600" + "tail";
        Assert.That(Parse("STATUS=" + text).Status, Is.EqualTo(new string('x', StatusMax - 1)));
        Assert.That(Parse("STATUS=" + new string('y', 500)).Status, Has.Length.EqualTo(StatusMax));
    }

    [Test]
    public void Invalid_utf8_in_a_status_becomes_replacement_characters()
    {
        var message = NotifyParser.Parse(
            [.. "STATUS=a"u8, 0xFF, 0xC0, 0x80, .. "b"u8], StatusMax, out _);
        Assert.That(message.Status, Does.StartWith("a\uFFFD").And.EndsWith("b"));
    }

    [Test]
    public void A_datagram_over_the_limit_says_nothing() =>
        Assert.That(
            Parse("READY=1\n" + new string('x', NotifyParser.DatagramMax)),
            Is.EqualTo(new NotifyMessage()));

    [Test]
    public void Any_bytes_give_a_message_within_its_limits() =>
        FsCheck.Check.One(Properties.Config, Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            bytes =>
            {
                byte[][] variants =
                    [bytes, [.. "STATUS="u8, .. bytes], [.. "MAINPID="u8, .. bytes]];
                foreach (byte[] text in variants)
                {
                    var message = NotifyParser.Parse(text, 8, out _);
                    if (message.Status is { Length: > 8 } || message.MainPid.Pid < 0
                        || message.MainPid.StartTicks != 0 || message.Errno is < 0 or > 4095
                        || message.ExtendTimeoutUs is < 0 || message.WatchdogUs is <= 0)
                    {
                        return false;
                    }
                }

                return true;
            }));

    [TestCase("WATCHDOG=1")]
    [TestCase("READY=1")]
    public void The_frequent_messages_allocate_nothing(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.That(
            Support.Allocations.Of(() => NotifyParser.Parse(bytes, StatusMax, out _)), Is.Zero);
    }

    private static NotifyMessage Parse(string text) =>
        NotifyParser.Parse(Encoding.UTF8.GetBytes(text), StatusMax, out _);
}
