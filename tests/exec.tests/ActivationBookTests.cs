using InitTx.Exec.Bus;
using InitTx.Linux.DBus;

namespace InitTx.Exec.Tests;

/// <summary>Starts that a message bus asks for.</summary>
internal sealed class ActivationBookTests : IActivationActs
{
    private const string Bus = "org.freedesktop.DBus";
    private const string Activator = "org.freedesktop.systemd1.Activator";

    private readonly List<DBusMessage> _sent = [];
    private readonly List<string> _started = [];
    private ActivationBook _book = null!;
    private string? _gaveUp;
    private uint _serial;

    public void Send(Func<uint, byte[]> message) => _sent.Add(DBusReader.Read(message(++_serial))!);

    public void Start(string unit) => _started.Add(unit);

    public void GiveUp(string why) => _gaveUp = why;

    [SetUp]
    public void Clear()
    {
        _sent.Clear();
        _started.Clear();
        _gaveUp = null;
        _book = new ActivationBook(this);
        _book.Connected();
    }

    [Test]
    public void It_takes_the_name_under_which_the_bus_asks()
    {
        Assert.That(_sent[0].Member, Is.EqualTo("RequestName"));
        Assert.That(_sent[0].Texts, Is.EqualTo(new[] { "org.freedesktop.systemd1" }));
        _book.Hear(Answer(1));
        Assert.That(_gaveUp, Is.Null);
    }

    [Test]
    public void A_name_that_another_one_has_is_no_use()
    {
        _book.Hear(Answer(3));
        Assert.That(_gaveUp, Does.Contain("somebody else"));
    }

    [Test]
    public void A_bus_that_refuses_the_name_is_told_of()
    {
        _book.Hear(Answer(0) with
        {
            Type = DBusMessageType.Error, ErrorName = "org.freedesktop.DBus.Error.AccessDenied",
            Texts = ["not allowed"],
        });
        Assert.That(_gaveUp, Does.Contain("AccessDenied").And.Contain("not allowed"));
    }

    [Test]
    public void A_unit_is_started_once_however_often_it_is_asked_for()
    {
        _book.Hear(Request("a.service"));
        _book.Hear(Request("a.service"));
        _book.Hear(Request("b.service"));
        Assert.That(_started, Is.EqualTo(new[] { "a.service", "b.service" }));
        _book.Ended("a.service", null);
        Assert.That(_sent, Has.Count.EqualTo(1), "the bus sees the name itself");
        _book.Hear(Request("a.service"));
        Assert.That(_started, Has.Count.EqualTo(3));
    }

    [Test]
    public void The_bus_hears_of_a_failure()
    {
        _book.Hear(Request("a.service"));
        _book.Ended("a.service", "see: initx why a.service");
        DBusMessage told = _sent[^1];
        Assert.That(told.Type, Is.EqualTo(DBusMessageType.Signal));
        Assert.That(told.Interface, Is.EqualTo(Activator));
        Assert.That(told.Member, Is.EqualTo("ActivationFailure"));
        Assert.That(told.Texts[0], Is.EqualTo("a.service"));
        Assert.That(told.Texts[2], Is.EqualTo("see: initx why a.service"));
        Assert.That(_book.IsBusy, Is.False);
    }

    /// <summary>Everybody on the bus can send us a signal of that name.</summary>
    [Test]
    public void Only_the_bus_itself_can_have_a_unit_started()
    {
        _book.Hear(Request("a.service") with { Sender = ":1.7" });
        _book.Hear(Request("a.service") with { Interface = "org.example.Other" });
        Assert.That(_started, Is.Empty);
    }

    [TestCase("")]
    [TestCase("--now")]
    public void What_is_no_unit_is_refused(string unit)
    {
        _book.Hear(Request(unit));
        Assert.That(_started, Is.Empty);
        Assert.That(_sent[^1].Member, Is.EqualTo("ActivationFailure"));
    }

    [Test]
    public void There_is_a_limit_to_what_runs_at_a_time()
    {
        for (int i = 0; i <= ActivationBook.StartsMax; i++)
            _book.Hear(Request($"a{i}.service"));
        Assert.That(_started, Has.Count.EqualTo(ActivationBook.StartsMax));
        Assert.That(_sent[^1].Texts[1], Does.Contain("LimitsExceeded"));
    }

    [Test]
    public void A_call_is_answered_with_an_error_if_an_answer_is_wanted()
    {
        var call = new DBusMessage
        {
            Type = DBusMessageType.MethodCall, Serial = 9, WantsReply = true, Sender = ":1.7",
            Interface = "org.freedesktop.systemd1.Manager", Member = "ListUnits",
        };
        _book.Hear(call);
        Assert.That(_sent[^1].Type, Is.EqualTo(DBusMessageType.Error));
        Assert.That(_sent[^1].ReplySerial, Is.EqualTo(9));
        Assert.That(_sent[^1].ErrorName, Is.EqualTo("org.freedesktop.DBus.Error.UnknownMethod"));
        int before = _sent.Count;
        _book.Hear(call with { WantsReply = false });
        Assert.That(_sent, Has.Count.EqualTo(before));
    }

    private DBusMessage Answer(uint number) => new()
    {
        Type = DBusMessageType.MethodReturn, ReplySerial = _serial, Sender = Bus, Signature = "u",
        Number = number,
    };

    private static DBusMessage Request(string unit) => new()
    {
        Type = DBusMessageType.Signal, Sender = Bus, Interface = Activator,
        Member = "ActivationRequest", Texts = [unit],
    };
}
