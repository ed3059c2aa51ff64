using System.Text;
using InitTx.Linux.Channels;
using InitTx.Linux.Logging;

namespace InitTx.Exec.Tests.Logging;

/// <summary>The built-in logger as a process, with pipes as PID 1 hands them over.</summary>
public sealed class LoggerTests
{
    private string _directory = null!;

    private string Current => $"{_directory}/disk/a.service/current";

    [SetUp]
    public void SetUp() =>
        _directory = Directory.CreateTempSubdirectory("inittx-logger.").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_directory, recursive: true);

    private static Pipe Written(string text)
    {
        Pipe pipe = Pipe.Create().Require();
        pipe.WriteEnd.WriteAll(Encoding.UTF8.GetBytes(text));
        pipe.WriteEnd.Dispose();
        return pipe;
    }

    [Test]
    public void Each_line_is_a_record_of_its_process()
    {
        using var logger = new LoggerProcess(_directory);
        logger.Send(1, Written("one\n<3>two\n\nfour without an end"));
        logger.AwaitFinished(1);
        Assert.That(LoggerProcess.Read(Current), Is.EqualTo(new[]
        {
            "1 6 one", "1 3 two", "1 6 ", "1 6 four without an end",
        }));
        Assert.That(logger.End(), Is.Zero);
    }

    [Test]
    public void A_line_that_is_too_long_comes_in_pieces_and_nothing_of_it_is_lost()
    {
        string text = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{i} "));
        using var logger = new LoggerProcess(_directory);
        Pipe pipe = Pipe.Create().Require();
        logger.Send(1, pipe);
        pipe.WriteEnd.WriteAll(Encoding.UTF8.GetBytes(text + "\nnext\n"));
        pipe.WriteEnd.Dispose();
        logger.AwaitFinished(1);
        List<string> records = LoggerProcess.Read(Current);
        Assert.That(records[^1], Is.EqualTo("1 6 next"));
        Assert.That(
            string.Concat(records.SkipLast(1).Select(r => r[(r.IndexOf(' ', 2) + 1)..])),
            Is.EqualTo(text));
        Assert.That(records[0], Does.StartWith("1 6+ "));
        Assert.That(records[^2], Does.StartWith("1 6 "), "its last piece ends it");
    }

    [Test]
    public void The_beginning_of_a_line_is_shown_before_its_end_comes()
    {
        using var logger = new LoggerProcess(_directory);
        Pipe pipe = Pipe.Create().Require();
        logger.Send(1, pipe);
        pipe.WriteEnd.WriteAll("prompt> "u8);
        Assert.That(
            () => File.Exists(Current) ? LoggerProcess.Read(Current).FirstOrDefault() : null,
            Is.EqualTo("1 6+ prompt> ").After(30_000, 50));
        pipe.WriteEnd.WriteAll("answer\n"u8);
        pipe.WriteEnd.Dispose();
        logger.AwaitFinished(1);
        Assert.That(LoggerProcess.Read(Current)[1], Is.EqualTo("1 6 answer"));
    }

    [Test]
    public void A_logger_that_is_killed_again_and_again_loses_no_line()
    {
        const int Lines = 60_000;
        Pipe pipe = Pipe.Create().Require();
        var writer = new Thread(() =>
        {
            for (int i = 0; i < Lines; i++)
                pipe.WriteEnd.WriteAll(Encoding.ASCII.GetBytes($"{i}\n"));
            pipe.WriteEnd.Dispose();
        });
        writer.Start();
        for (int round = 0; round < 5; round++)
        {
            using var victim = new LoggerProcess(_directory, "--rate-burst=0");
            victim.Send(1, pipe);
            Thread.Sleep(300);
            victim.Kill();
        }

        using var last = new LoggerProcess(_directory, "--rate-burst=0");
        last.Send(1, pipe);
        last.AwaitFinished(1);
        writer.Join();
        IEnumerable<int> seen = LoggerProcess.Read(Current, torn: true)
            .Where(r => r.StartsWith("1 6 ", StringComparison.Ordinal))
            .Select(r => int.Parse(r.AsSpan(4)));
        Assert.That(seen.Distinct().Order(), Is.EqualTo(Enumerable.Range(0, Lines)));
    }

    [Test]
    public void What_a_killed_logger_left_half_written_takes_no_line_with_it()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Current)!);
        File.WriteAllText(Current, "2026-12");
        using var logger = new LoggerProcess(_directory);
        logger.Send(1, Written("one\ntwo\n"));
        logger.AwaitFinished(1);
        string[] lines = File.ReadAllLines(Current);
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Is.EqualTo("2026-12"));
        File.WriteAllLines(Current, lines[1..]);
        Assert.That(LoggerProcess.Read(Current), Is.EqualTo(new[] { "1 6 one", "1 6 two" }));
    }

    [Test]
    public void A_file_that_is_full_is_rotated_and_the_oldest_go()
    {
        using var logger = new LoggerProcess(
            _directory, "--max-file-size=4096", "--max-files=3", "--rate-burst=0");
        for (ulong run = 1; run <= 8; run++)
        {
            logger.Send(run, Written(string.Concat(Enumerable.Repeat($"line of {run}\n", 40))));
            logger.AwaitFinished(1);
        }

        string[] files = Directory.GetFiles($"{_directory}/disk/a.service");
        Assert.That(files, Has.Length.EqualTo(3));
        Assert.That(files.Select(f => new FileInfo(f).Length), Has.All.LessThanOrEqualTo(4096));
        Assert.That(LoggerProcess.Read(Current)[^1], Is.EqualTo("8 6 line of 8"));
    }

    [Test]
    public void While_the_disk_cannot_be_written_the_lines_are_kept_in_memory()
    {
        // A file where the directory should be.
        File.WriteAllText($"{_directory}/disk", "");
        using var logger = new LoggerProcess(_directory);
        logger.Send(1, Written("early\n"));
        logger.AwaitFinished(1);
        Assert.That(
            LoggerProcess.Read($"{_directory}/memory/a.service/current"),
            Is.EqualTo(new[] { "1 6 early" }));
    }

    [Test]
    public void A_unit_that_writes_too_much_is_cut_off_and_told_so()
    {
        using var logger = new LoggerProcess(
            _directory, "--rate-burst=5", "--rate-interval-us=60000000");
        logger.Send(1, Written(string.Concat(Enumerable.Range(0, 20).Select(i => $"{i}\n"))));
        logger.AwaitFinished(1);
        Assert.That(LoggerProcess.Read(Current), Is.EqualTo(new[]
        {
            "1 6 0", "1 6 1", "1 6 2", "1 6 3", "1 6 4",
            "1 4! 15 lines were left out: more than LogRateLimitBurst=5 in "
                + "LogRateLimitIntervalSec=60",
        }));
    }

    [Test]
    public void Garbage_from_its_socket_is_passed_over()
    {
        using var logger = new LoggerProcess(_directory);
        logger.SendBytes("nonsense"u8);
        logger.SendBytes(new byte[1]);
        logger.SendBytes(LogCodec.EncodeStuck());
        logger.Send(1, Written("still here\n"));
        Assert.That(logger.AwaitFinished(1), Is.EqualTo(new ulong[] { 1 }));
    }

    [Test]
    public void When_the_manager_goes_it_takes_what_is_there_and_ends()
    {
        using var logger = new LoggerProcess(_directory);
        Pipe pipe = Pipe.Create().Require();
        logger.Send(1, pipe);
        pipe.WriteEnd.WriteAll("last words\nhalf"u8);
        Assert.That(logger.End(), Is.Zero);
        Assert.That(LoggerProcess.Read(Current), Is.EqualTo(new[] { "1 6 last words" }));
        byte[] rest = new byte[16];
        int left = pipe.ReadEnd.Read(rest).Value;
        Assert.That(
            Encoding.ASCII.GetString(rest, 0, left), Is.EqualTo("half"),
            "the next logger gets it");
    }
}
