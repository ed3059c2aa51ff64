using InitTx.Fuzz.Running;
using InitTx.Linux.Sockets;
using InitTx.Units.Model;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// The addresses at the ends of an accepted connection, and the unit name that is made of them: who
/// connects chooses one of them.
/// </summary>
internal static class PeerTargets
{
    private static readonly string[] Words =
    [
        "\u0002\0", "\u000a\0", "\u0028\0", "\u0001\0", "\u007f\0\0\u0001", "\0\0\0\0", "\u007f",
    ];

    private static readonly byte[] Families = [1, 2, 10, 40];

    public static readonly FuzzTarget Addresses = new("peer-address", Check, Make, Words);

    private static void Check(byte[] input)
    {
        int half = input.Length / 2;
        ReadOnlySpan<byte> local = input.AsSpan(0, half);
        ReadOnlySpan<byte> remote = input.AsSpan(half);
        int pid = input.Length == 0 ? 0 : input[0] - 64;
        if (ConnectionPeer.Of(local, remote, pid, 1000) is not { } peer)
            return;
        Require(
            UnitName.TryParse($"a@4294967295-{peer.Name}.service", out UnitName name)
                && name.IsInstance && name.Kind == UnitKind.Service,
            "an end of a connection that is no part of a unit name");
        Require((peer.RemoteAddress is null) == (peer.RemotePort is null), "half an address");
        Require(peer.RemoteAddress is not { Length: > 64 }, "an address that is too long");
    }

    private static byte[] Make(Prng prng)
    {
        byte[] input = new byte[2 * prng.Below(36)];
        for (int i = 0; i < input.Length; i++)
            input[i] = prng.Below(3) == 0 ? (byte)prng.Below(256) : (byte)0;
        if (input.Length > 1)
            (input[0], input[1]) = (prng.Pick(Families), 0);
        return input;
    }
}
