using System.Buffers.Binary;
using InitTx.Journal.Asking;
using InitTx.Linux;
using InitTx.Linux.Channels;

namespace InitTx.Cli.Client;

/// <summary>
/// A connection to the archive's socket: one frame each way at a time, with a limit on every wait.
/// </summary>
internal sealed class ArchiveLine : IArchiveLine
{
    private const int Tries = 30;
    private const int PauseMs = 50;
    private const int WaitMs = 10_000;

    private readonly StreamClient _stream;
    private readonly byte[] _header = new byte[sizeof(int)];

    private ArchiveLine(StreamClient stream) => _stream = stream;

    /// <summary>Connects; null with why nobody can be asked.</summary>
    /// <param name="patient">Somebody will listen again: an archive that was just replaced.</param>
    public static ArchiveLine? Connect(string path, bool patient, out string problem)
    {
        for (int tries = 0; ; tries++)
        {
            SysResult<StreamClient> connected = StreamClient.Connect(path);
            problem = "";
            if (connected.IsOk)
                return new ArchiveLine(connected.Require());
            bool soon = connected.Error == Errno.EAGAIN
                || (patient && connected.Error == Errno.ECONNREFUSED);
            if (soon && tries < Tries)
            {
                Thread.Sleep(PauseMs);
                continue;
            }

            problem = connected.Error switch
            {
                Errno.ENOENT or Errno.ECONNREFUSED => "no archive can be asked",
                _ => connected.Message,
            };
            return null;
        }
    }

    /// <inheritdoc/>
    public byte[]? Ask(ReadOnlySpan<byte> request, out string problem)
    {
        byte[] frame = new byte[sizeof(int) + request.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, request.Length);
        request.CopyTo(frame.AsSpan(sizeof(int)));
        // One that was refused has its answer waiting, and takes nothing more.
        bool sent = _stream.SendAll(frame, WaitMs).IsOk;
        if (!Fill(_header, out problem))
            return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(_header);
        if (length is < 2 or > AskLimits.Answer)
        {
            problem = "the archive's answer is not understood";
            return null;
        }

        byte[] answer = new byte[length];
        if (!Fill(answer, out problem))
            return null;
        problem = sent ? "" : "the archive has ended the connection";
        return answer;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private bool Fill(Span<byte> into, out string problem)
    {
        problem = "";
        while (!into.IsEmpty)
        {
            SysResult got = _stream.Receive(into, WaitMs);
            if (got.IsError || got.Value == 0)
            {
                problem = got.Error == Errno.ETIMEDOUT
                    ? $"the archive did not answer within {WaitMs / 1_000} s"
                    : "the archive has ended the connection";
                return false;
            }

            into = into[got.Value..];
        }

        return true;
    }
}
