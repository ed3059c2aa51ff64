using InitTx.Linux.DBus;

namespace InitTx.Exec.Bus;

/// <summary>
/// Which names are followed and who owns them: turns the bus's messages into news for PID 1. Pure
/// but for the two ways out. A name's owner is told when it is known who that is: the bus is asked
/// for the owner's process first, and an answer about an owner that is none any more is dropped.
/// </summary>
/// <param name="call">Calls the bus; the serial, or 0 when that failed.</param>
/// <param name="tell">Tells PID 1.</param>
internal sealed class NameBook(Func<string, string[], uint> call, Action<BusNews> tell)
{
    /// <summary>Names that one manager follows at most.</summary>
    public const int NamesMax = 1024;

    private const string Bus = "org.freedesktop.DBus";

    private readonly Dictionary<ulong, string> _names = [];
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, (string Name, string Owner)> _asked = [];
    private bool _connected;

    /// <summary>True while a connection to the bus is of use.</summary>
    public bool IsNeeded => _names.Count > 0;

    /// <summary>PID 1 wants something.</summary>
    public void Take(BusNews news)
    {
        switch (news)
        {
            case BusNews.Follow follow when _names.Count < NamesMax:
                if (_names.TryGetValue(follow.Watch, out string? old) && old != follow.Name)
                    Leave(follow.Watch);
                bool isNew = !_names.ContainsValue(follow.Name);
                _names[follow.Watch] = follow.Name;
                if (_connected)
                    Follow(follow.Name, isNew);
                break;
            case BusNews.Leave leave:
                Leave(leave.Watch);
                break;
            default:
                break;
        }

        tell(new BusNews.Heard(news.Watch));
    }

    /// <summary>There is a bus now: everything is looked at.</summary>
    public void Connected()
    {
        _connected = true;
        _asked.Clear();
        _owners.Clear();
        foreach (string name in new HashSet<string>(_names.Values, StringComparer.Ordinal))
            Follow(name, isNew: true);
    }

    /// <summary>
    /// The bus is gone. Nobody lost a name by that: what is true shows when it is back.
    /// </summary>
    public void Disconnected() => _connected = false;

    /// <summary>A message of the bus; of others it is ignored.</summary>
    public void Hear(DBusMessage message)
    {
        if (message.Sender != Bus)
            return;
        if (message is { Type: DBusMessageType.Signal, Member: "NameOwnerChanged", Texts.Count: 3 })
        {
            OwnerIs(message.Texts[0], message.Texts[2]);
        }
        else if (message.ReplySerial != 0
            && _asked.Remove(message.ReplySerial, out (string Name, string Owner) asked))
        {
            Answered(asked.Name, asked.Owner, message);
        }
    }

    private void Answered(string name, string owner, DBusMessage answer)
    {
        bool failed = answer.Type == DBusMessageType.Error;
        if (owner.Length == 0)
            OwnerIs(name, failed || answer.Texts.Count == 0 ? "" : answer.Texts[0]);
        else if (_owners.GetValueOrDefault(name, "") == owner)
            Tell(name, owned: true, failed ? 0 : (int)Math.Min(answer.Number, int.MaxValue));
    }

    private void OwnerIs(string name, string owner)
    {
        if (!_names.ContainsValue(name))
            return;
        _owners[name] = owner;
        if (owner.Length == 0)
            Tell(name, owned: false, 0);
        else
            Ask("GetConnectionUnixProcessID", owner, name, owner);
    }

    private void Tell(string name, bool owned, int pid)
    {
        foreach ((ulong watch, string followed) in _names)
        {
            if (followed == name)
                tell(new BusNews.Owner(watch, owned, pid));
        }
    }

    private void Follow(string name, bool isNew)
    {
        if (isNew)
            call("AddMatch", [Rule(name)]);
        Ask("GetNameOwner", name, name, "");
    }

    private void Leave(ulong watch)
    {
        if (!_names.Remove(watch, out string? name) || _names.ContainsValue(name))
            return;
        _owners.Remove(name);
        if (_connected)
            call("RemoveMatch", [Rule(name)]);
    }

    private void Ask(string member, string argument, string name, string owner)
    {
        uint serial = call(member, [argument]);
        if (serial != 0)
            _asked[serial] = (name, owner);
    }

    private static string Rule(string name) =>
        $"type='signal',sender='{Bus}',path='/org/freedesktop/DBus',interface='{Bus}',"
            + $"member='NameOwnerChanged',arg0='{name}'";
}
