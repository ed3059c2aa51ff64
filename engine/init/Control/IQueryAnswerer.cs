using InitTx.Protocol.Calls;

namespace InitTx.Init.Control;

/// <summary>Answers the calls that change nothing, each with exactly one reply.</summary>
internal interface IQueryAnswerer
{
    /// <summary>The caller has checked the right to call.</summary>
    /// <param name="privileged">
    /// The reader may see what others asked and what may be secret.
    /// </param>
    void Answer(
        Call call, PeerIdentity peer, bool privileged, OutputQueue output, ReplyWriter writer);
}
