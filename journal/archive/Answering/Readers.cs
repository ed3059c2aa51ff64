using System.Globalization;
using InitTx.Linux.Control;

namespace InitTx.Archive.Answering;

/// <summary>Who sees what: the manager's own policy, handed on in the command line.</summary>
/// <param name="OwnerUid">Whose manager it is: sees everything, as root does.</param>
/// <param name="ControlGid">The group that may change units and sees everything; -1 for
/// none.</param>
/// <param name="OnlyThem">ReadPolicy=privileged: others see nothing.</param>
internal readonly record struct Readers(int OwnerUid, int ControlGid, bool OnlyThem)
{
    public bool IsOwner(PeerUser peer) => peer.Uid == 0 || peer.Uid == OwnerUid;

    /// <summary>
    /// As whom somebody reads: -1 for everything, a uid for what that may see, null for nothing.
    /// </summary>
    public int? ViewerOf(PeerUser peer)
    {
        if (IsOwner(peer) || (ControlGid >= 0
            && (peer.Gid == ControlGid || peer.Groups.Contains(ControlGid))))
            return -1;
        return OnlyThem ? null : Math.Max(1, peer.Uid);
    }

    /// <summary>The words that <see cref="TryTake"/> reads.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        string.Create(CultureInfo.InvariantCulture, $"--owner={OwnerUid}"),
        string.Create(CultureInfo.InvariantCulture, $"--control-gid={ControlGid}"),
        "--read-policy=" + (OnlyThem ? "privileged" : "all"),
    ];

    /// <summary>Takes one word of the command line.</summary>
    public bool TryTake(string key, string value, out Readers readers)
    {
        readers = this;
        const NumberStyles Signed = NumberStyles.AllowLeadingSign;
        bool isNumber = int.TryParse(value, Signed, CultureInfo.InvariantCulture, out int number)
            && number >= -1;
        switch (key)
        {
            case "--owner" when isNumber:
                readers = this with { OwnerUid = number };
                return true;
            case "--control-gid" when isNumber:
                readers = this with { ControlGid = number };
                return true;
            case "--read-policy":
                readers = this with { OnlyThem = value == "privileged" };
                return value is "all" or "privileged";
            default:
                return false;
        }
    }
}
