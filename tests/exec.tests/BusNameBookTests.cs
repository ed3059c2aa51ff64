using InitTx.Exec.Bus;
using InitTx.Linux.DBus;

namespace InitTx.Exec.Tests;

/// <summary>Following bus names: what the bus says and what PID 1 hears of it.</summary>
internal sealed class BusNameBookTests
{
    private const string Bus = "org.freedesktop.DBus";
    private const string Name = "org.example.A";

    private readonly List<string> _calls = [];
    private readonly List<BusNews> _told = [];
    private readonly NameBook _book;
    private uint _serial;

    public BusNameBookTests() => _book = new NameBook(
        (member, arguments) =>
        {
            _calls.Add($"{member} {string.Join(' ', arguments)}");
            return ++_serial;
        },
        _told.Add);

    [SetUp]
    public void Clear()
    {
        _calls.Clear();
        _told.Clear();
        _book.Take(new BusNews.Leave(1));
        _book.Take(new BusNews.Leave(2));
        _book.Connected();
        _calls.Clear();
        _told.Clear();
    }

    [Test]
    public void A_question_is_confirmed_before_the_bus_says_anything()
    {
        _book.Take(new BusNews.Follow(1, Name));
        Assert.That(_told, Is.EqualTo(new BusNews[] { new BusNews.Heard(1) }));
    }

    [Test]
    public void The_change_is_subscribed_to_before_the_owner_is_asked_for()
    {
        _book.Take(new BusNews.Follow(1, Name));
        Assert.That(_calls[0], Does.StartWith("AddMatch type='signal'").And.Contain(Name));
        Assert.That(_calls[1], Is.EqualTo($"GetNameOwner {Name}"));
    }

    [Test]
    public void An_owner_is_told_with_its_process()
    {
        _book.Take(new BusNews.Follow(1, Name));
        Return(":1.7");
        Assert.That(_calls[^1], Is.EqualTo("GetConnectionUnixProcessID :1.7"));
        Number(4711);
        Assert.That(_told[^1], Is.EqualTo(new BusNews.Owner(1, true, 4711)));
    }

    [Test]
    public void A_name_without_owner_is_told_as_that()
    {
        _book.Take(new BusNews.Follow(1, Name));
        Error();
        Assert.That(_told[^1], Is.EqualTo(new BusNews.Owner(1, false, 0)));
    }

    [Test]
    public void An_owner_whose_process_the_bus_does_not_know_is_told_without()
    {
        _book.Take(new BusNews.Follow(1, Name));
        Return(":1.7");
        Error();
        Assert.That(_told[^1], Is.EqualTo(new BusNews.Owner(1, true, 0)));
    }

    [Test]
    public void What_is_said_of_an_owner_that_is_none_any_more_is_dropped()
    {
        _book.Take(new BusNews.Follow(1, Name));
        Return(":1.7");
        uint first = _serial;
        Changed(":1.7", "");
        _told.Clear();
        _book.Hear(Answer(first) with { Signature = "u", Number = 4711 });
        Assert.That(_told, Is.Empty);
    }

    [Test]
    public void A_signal_that_the_bus_did_not_send_is_ignored()
    {
        _book.Take(new BusNews.Follow(1, Name));
        _told.Clear();
        _book.Hear(Signal(":1.9", "") with { Sender = ":1.66" });
        Assert.That(_told, Is.Empty);
    }

    [Test]
    public void A_bus_that_goes_away_takes_no_name_and_is_asked_again_when_it_is_back()
    {
        _book.Take(new BusNews.Follow(1, Name));
        _told.Clear();
        _book.Disconnected();
        Assert.That(_told, Is.Empty);
        _calls.Clear();
        _book.Connected();
        Assert.That(_calls, Has.Count.EqualTo(2));
    }

    [Test]
    public void Two_watches_of_one_name_are_both_told_and_left_one_by_one()
    {
        _book.Take(new BusNews.Follow(1, Name));
        _book.Take(new BusNews.Follow(2, Name));
        Error();
        Assert.That(_told.OfType<BusNews.Owner>().Select(o => o.Watch), Is.EqualTo(new[] { 1, 2 }));
        _calls.Clear();
        _book.Take(new BusNews.Leave(1));
        Assert.That(_calls, Is.Empty);
        _book.Take(new BusNews.Leave(2));
        Assert.That(_calls[0], Does.StartWith("RemoveMatch"));
        Assert.That(_book.IsNeeded, Is.False);
    }

    private void Return(string owner) => _book.Hear(
        Answer(_serial) with { Signature = "s", Texts = [owner] });

    private void Number(uint pid) => _book.Hear(
        Answer(_serial) with { Signature = "u", Number = pid });

    private void Error() => _book.Hear(Answer(_serial) with
    {
        Type = DBusMessageType.Error,
        ErrorName = Bus + ".Error.NameHasNoOwner",
    });

    private void Changed(string from, string to) => _book.Hear(Signal(from, to));

    private static DBusMessage Answer(uint serial) => new()
    {
        Type = DBusMessageType.MethodReturn,
        Sender = Bus,
        ReplySerial = serial,
    };

    private static DBusMessage Signal(string from, string to) => new()
    {
        Type = DBusMessageType.Signal,
        Sender = Bus,
        Member = "NameOwnerChanged",
        Texts = [Name, from, to],
    };
}
