using System.Text;
using InitTx.Init;
using InitTx.Init.Processes;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>Whoever does not read what the manager says must not hold it.</summary>
[TestFixture]
internal sealed class ManagerConsoleTests
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private Pipe _pipe = null!;

    [SetUp]
    public void Open() => _pipe = Pipe.Create().Require();

    [TearDown]
    public void Close()
    {
        _pipe.ReadEnd.Dispose();
        _pipe.WriteEnd.Dispose();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_full_pipe_costs_lines_and_no_time_and_the_next_line_says_how_many(bool blocking)
    {
        Fill();
        _pipe.WriteEnd.SetNonBlocking(!blocking);
        var console = new ManagerConsole(_pipe.WriteEnd, "initx: ", mayBlock: blocking);
        InTime(() =>
        {
            console.Line("lost");
            console.Line("lost as well");
        });
        Assert.That(console.Dropped, Is.EqualTo(2));
        Read();
        InTime(() => console.Line("heard"));
        Assert.That(Read(), Is.EqualTo("initx: lines lost before this: 2\ninitx: heard\n"));
        InTime(() => console.Line("again"));
        Assert.That(Read(), Is.EqualTo("initx: again\n"));
        Assert.That(console.Dropped, Is.EqualTo(2));
    }

    /// <summary>
    /// A terminal can take a part of a line and then wait, and the flag is everybody's who has it.
    /// </summary>
    [Test]
    public void The_manager_s_own_end_never_waits_and_the_other_s_stays_as_it_is()
    {
        using FileDescriptor own = ManagerConsole.OwnOf(
            _pipe.WriteEnd, out bool mayBlock).Require();
        Assert.That(mayBlock, Is.False);
        Assert.That(Flags(own) & NonBlocking, Is.EqualTo(NonBlocking));
        Assert.That(Flags(_pipe.WriteEnd) & NonBlocking, Is.Zero);
    }

    /// <summary>Opened anew it would begin at the start again.</summary>
    [Test]
    public void A_file_is_written_on_from_where_it_is()
    {
        string path = Path.GetTempFileName();
        using (FileStream file = File.OpenWrite(path))
        {
            file.Write("before\n"u8);
            file.Flush();
            using FileDescriptor own = ManagerConsole.OwnOf(
                new FileDescriptor((int)file.SafeFileHandle.DangerousGetHandle()), out _).Require();
            own.Write("after\n"u8);
        }

        string text = File.ReadAllText(path);
        File.Delete(path);
        Assert.That(text, Is.EqualTo("before\nafter\n"));
    }

    /// <summary>A socket cannot be opened anew; there it is looked at before each line.</summary>
    [Test]
    public void What_cannot_be_opened_anew_is_known_to_block()
    {
        using MessageChannel channel = MessageChannel.Create(out FileDescriptor? other).Require();
        using FileDescriptor end = other!;
        using FileDescriptor own = ManagerConsole.OwnOf(end, out bool mayBlock).Require();
        Assert.That(mayBlock);
        Assert.That(own.Write("x"u8).Value, Is.EqualTo(1));
    }

    [TestCase(StandardStream.JournalConsole)]
    [TestCase(StandardStream.KmsgConsole)]
    public void Services_get_a_console_of_their_own(StandardStream kind)
    {
        var streams = new StandardStreams(null, null, _pipe.WriteEnd);
        var request = new SpawnRequest();
        var exec = new ExecSettings { StandardOutput = new StreamTarget(kind, null) };
        Assert.That(streams.Fill(exec, null!, [], "", ref request), Is.Null);
        Assert.That(request.Output, Is.EqualTo(_pipe.WriteEnd.Number));
    }

    private const int NonBlocking = 0x800;

    private static int Flags(FileDescriptor fd)
    {
        string info = File.ReadAllText($"/proc/self/fdinfo/{fd.Number}");
        string flags = info.Split('\n').Single(
            static line => line.StartsWith("flags:", StringComparison.Ordinal));
        return Convert.ToInt32(flags[6..].Trim(), 8);
    }

    private void Fill()
    {
        _pipe.WriteEnd.SetNonBlocking(true);
        while (_pipe.WriteEnd.Write(_buffer.AsSpan(0, 4096)).IsOk)
        {
        }
    }

    private string Read()
    {
        int length = 0;
        while (_pipe.ReadEnd.Read(_buffer.AsSpan(length)) is { IsOk: true, Value: > 0 } got)
            length += got.Value;
        string text = Encoding.UTF8.GetString(_buffer, 0, length);
        Array.Clear(_buffer);
        return text;
    }

    // One that hangs fails instead of holding all the rest.
    private static void InTime(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        Assert.That(thread.Join(20_000), "it hangs");
    }
}
