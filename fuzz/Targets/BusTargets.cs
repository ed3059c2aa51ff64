using InitTx.Fuzz.Running;
using InitTx.Linux.DBus;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>What a message bus, or somebody in its place, sends to the bus helper.</summary>
internal static class BusTargets
{
    private static readonly string[] Words =
    [
        "l\u0001\u0000\u0001", "B\u0004\u0000\u0001", "\u0001\u0001o\0", "\u0002\u0001s\0",
        "\u0005\u0001u\0", "\u0008\u0001g\0\u0003sss\0", "\u0010\0\0\0", "org.freedesktop.DBus\0",
        "NameOwnerChanged\0", ":1.7\0", "\0\0\0\0", "\u00ff\u00ff\u00ff\u007f",
    ];

    public static readonly FuzzTarget Message = new(
        "dbus", Check, random => Grammar.Line(random, Words), Words);

    private static void Check(byte[] input)
    {
        long length = DBusReader.Length(input);
        DBusMessage? message = DBusReader.Read(input);
        Require(message is null || length == input.Length, "a message of another length");
        Require(message is null || message.Texts.Count <= 8, "more arguments than are looked at");
        BusNews? news = BusNews.Decode(input);
        Require(news is null || BusNews.Encode(news).Length <= BusNews.MessageMax,
            "news that are too long");
    }
}
