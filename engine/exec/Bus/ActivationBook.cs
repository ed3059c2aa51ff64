using InitTx.Linux.DBus;

namespace InitTx.Exec.Bus;

/// <summary>What the book wants done.</summary>
internal interface IActivationActs
{
    /// <summary>Sends what is made of the connection's next serial.</summary>
    void Send(Func<uint, byte[]> message);

    /// <summary>
    /// Has the unit started; <see cref="ActivationBook.Ended"/> hears of the end.
    /// </summary>
    void Start(string unit);

    /// <summary>The name cannot be had: the program is of no use.</summary>
    void GiveUp(string why);
}

/// <summary>
/// The part of org.freedesktop.systemd1 that a bus with <c>--systemd-activation</c> needs: the bus
/// asks the owner of that name to start the unit of a service that somebody calls, and hears when
/// that fails (dbus-daemon's doc/system-activation.txt). Any method call is answered at once with
/// an error, where it would else wait for 25 seconds. Pure but for <see cref="IActivationActs"/>.
/// </summary>
internal sealed class ActivationBook(IActivationActs acts)
{
    /// <summary>Starts that run at the same time at most; more are refused.</summary>
    public const int StartsMax = 64;

    /// <summary>Characters of a unit's name (systemd.unit(5)).</summary>
    public const int UnitNameMax = 255;

    private const string Bus = "org.freedesktop.DBus";
    private const string Name = "org.freedesktop.systemd1";
    private const string NamePath = "/org/freedesktop/systemd1";
    private const string Activator = "org.freedesktop.systemd1.Activator";
    private const string StartFailed = "org.freedesktop.DBus.Error.Spawn.Failed";
    private const string LimitReached = "org.freedesktop.DBus.Error.LimitsExceeded";
    private const uint DoNotQueue = 4;
    private const uint PrimaryOwner = 1;

    // By the unit: that is how the bus knows a request of its own again.
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);
    private uint _nameAsked;

    public bool IsBusy => _running.Count > 0;

    /// <summary>There is a bus: the name is asked for.</summary>
    public void Connected() =>
        acts.Send(serial =>
        {
            _nameAsked = serial;
            return DBusWriter.Call(serial, "RequestName", Name, DoNotQueue);
        });

    /// <summary>A message of the bus, or through it of anybody.</summary>
    public void Hear(DBusMessage message)
    {
        if (message.Type == DBusMessageType.MethodCall)
        {
            if (message.WantsReply && message.Sender.Length > 0)
                Refuse(message);
            return;
        }

        // Anybody can send us a signal; only the bus may start units by it.
        if (message.Sender != Bus)
            return;
        if (message is { Type: DBusMessageType.Signal, Interface: Activator }
            && message is { Member: "ActivationRequest", Texts: [string unit, ..] })
        {
            Start(unit);
        }
        else if (_nameAsked != 0 && message.ReplySerial == _nameAsked)
        {
            _nameAsked = 0;
            if (message.Type == DBusMessageType.Error)
                acts.GiveUp($"{Name}: {message.ErrorName}: {string.Join(' ', message.Texts)}");
            else if (message.Number != PrimaryOwner)
                acts.GiveUp($"{Name}: somebody else has this name on the bus");
        }
    }

    /// <summary>A start that was asked for is over.</summary>
    /// <param name="failure">
    /// Null when it went well; the bus sees the name appear by itself.
    /// </param>
    public void Ended(string unit, string? failure)
    {
        if (_running.Remove(unit) && failure is not null)
            Fail(unit, StartFailed, failure);
    }

    private void Start(string unit)
    {
        if (unit.Length is 0 or > UnitNameMax || unit[0] == '-')
            Fail(unit, StartFailed, "this is no name of a unit");
        else if (_running.Contains(unit))
            return;
        else if (_running.Count == StartsMax)
            Fail(unit, LimitReached, $"{StartsMax} services are being started for the bus already");
        else if (_running.Add(unit))
            acts.Start(unit);
    }

    private void Fail(string unit, string error, string text) =>
        acts.Send(serial => DBusWriter.Signal(
            serial, Bus, NamePath, Activator, "ActivationFailure", unit, error, text));

    private void Refuse(DBusMessage call) =>
        acts.Send(serial => DBusWriter.Error(
            serial, call.Sender, call.Serial, "org.freedesktop.DBus.Error.UnknownMethod",
            $"InitTx manages the services here and does not know {call.Interface}.{call.Member}; "
                + "its command line is initx(1)"));
}
