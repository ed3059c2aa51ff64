using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;

namespace InitTx.Exec.Serve;

/// <summary>
/// <c>initx-exec --serve FD</c>: takes questions one at a time and answers each before the next.
/// It keeps nothing between questions, so PID 1 may kill it at any moment. What it is sent is not
/// trusted: bytes that are no question are reported and skipped, and a bug in one answer costs that
/// answer only.
/// </summary>
internal static class PrepareServer
{
    private const int FailedStatus = 1;

    public static int Run(string fdText)
    {
        if (!int.TryParse(fdText, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || Descriptors.CloseOnExec(number).IsError)
            return Usage.Wrong($"--serve: '{fdText}' is no open descriptor");
        var fd = new FileDescriptor(number);
        fd.SetCloseOnExec(true);
        using var channel = new MessageChannel(fd);
        return Serve(channel);
    }

    private static int Serve(MessageChannel channel)
    {
        var answerer = new Answerer();
        var codec = new PrepareCodec();
        byte[] buffer = new byte[PrepareCodec.MaxMessage];
        while (true)
        {
            SysResult got = channel.Receive(buffer, out FileDescriptor[] unwanted);
            foreach (FileDescriptor descriptor in unwanted)
                descriptor.Dispose();
            if (got.IsOk && got.Value == 0)
                return 0;
            if (got.Error is Errno.EAGAIN or Errno.EINTR)
            {
                BlockingWait.Readable(channel.Fd);
                continue;
            }

            if (got.Error is Errno.EMSGSIZE)
            {
                Say($"a message of more than {buffer.Length} bytes was skipped");
                continue;
            }

            if (got.IsError)
            {
                bool gone = got.Error is Errno.ECONNRESET or Errno.EPIPE;
                if (!gone)
                    Say($"the socket failed: {got.Error.Describe()}");
                return gone ? 0 : FailedStatus;
            }

            PrepareQuestion? question = PrepareCodec.DecodeQuestion(buffer.AsSpan(0, got.Value));
            if (question is null)
            {
                Say($"a message of {got.Value} bytes is no question and was skipped");
                continue;
            }

            // Its descriptor was closed as it came.
            if (question is PrepareQuestion.Drop)
                continue;
            if (!Answer(channel, codec, answerer, question))
                return 0;
        }
    }

    // False when the asker is gone.
    private static bool Answer(
        MessageChannel channel, PrepareCodec codec, Answerer answerer, PrepareQuestion question)
    {
        PrepareAnswer answer;
        var attached = new List<FileDescriptor>();
        try
        {
            answer = answerer.Answer(question, attached);
        }
        catch (Exception e)
        {
            // Ours, not the world's; the asker must not wait for its deadline because of it.
            Say($"{question.GetType().Name} {question.Unit}: internal error: {e}");
            answer = Refusal.Of(question, $"internal error of the prepare helper: {e.Message}");
        }

        ReadOnlySpan<byte> bytes = codec.Encode(answer);
        if (bytes.IsEmpty)
        {
            answer = Refusal.Of(
                question, $"the answer is larger than {PrepareCodec.MaxMessage} bytes");
            bytes = codec.Encode(answer);
        }

        int[] sent = [.. attached.Select(static descriptor => descriptor.Number)];
        SysResult result = channel.Send(bytes, sent);
        while (result.Error == Errno.EAGAIN)
        {
            BlockingWait.Writable(channel.Fd);
            result = channel.Send(bytes, sent);
        }

        foreach (FileDescriptor descriptor in attached)
            descriptor.Dispose();

        if (result.IsOk)
            return true;
        if (result.Error is Errno.EPIPE or Errno.ECONNRESET)
            return false;
        Say($"an answer could not be sent: {result.Error.Describe()}");
        return true;
    }

    private static void Say(string text) => Console.Error.WriteLine($"initx-exec: {text}");
}
