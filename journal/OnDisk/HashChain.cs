using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Journal.OnDisk;

/// <summary>
/// The chain over batches: each batch's hash is SHA-256 over the hash before it, the boot's id and
/// the batch's rows. Whoever changes, adds, drops or moves a row must rewrite every hash after it,
/// and then the last one is another than was noted or handed on. It is evidence, not a lock: there
/// is no secret in it.
/// </summary>
internal sealed class HashChain
{
    public const int Length = 32;

    private readonly byte[] _buffer = new byte[ushort.MaxValue];
    private readonly byte[] _last = new byte[Length];
    private Sha256Digest _digest = new();

    /// <summary>The newest batch's hash; zeros before the first.</summary>
    public ReadOnlySpan<byte> Last => _last;

    /// <summary>Goes on after a hash that is known.</summary>
    public void GoOnAfter(ReadOnlySpan<byte> hash)
    {
        _last.AsSpan().Clear();
        hash[..Math.Min(hash.Length, Length)].CopyTo(_last);
    }

    /// <summary>Begins a batch of one boot.</summary>
    public void Begin(string boot)
    {
        _digest = new Sha256Digest();
        _digest.Append(_last);
        _digest.Append(System.Text.Encoding.UTF8.GetBytes(boot + "\n"));
    }

    /// <summary>Adds a row as it is stored.</summary>
    public void Add(in JournalRecord record) => StoredRow.Hash(_digest, record, _buffer);

    /// <summary>Ends the batch; its hash is <see cref="Last"/>.</summary>
    public void End() => _digest.Finish(_last);
}
