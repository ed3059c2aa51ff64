using System.Net.Sockets;
using System.Text;
using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>A manager that goes away in the middle of an answer, and does not come back.</summary>
public sealed class ManagerGoneTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() =>
        _directory = Directory.CreateTempSubdirectory("initx-gone-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCase("", TestName = "before it says anything")]
    [TestCase("{\"parameters\":{\"event\":\"acc", TestName = "within its first answer")]
    public void A_change_exits_6_and_says_where_to_look(string said)
    {
        CliRun run = Run(said, "start", "web");
        Assert.That(run.Code, Is.EqualTo(6), run.Error);
        Assert.That(run.Error, Does.Contain("before the request was accepted")
            .And.Contain("initx history"));
    }

    [TestCase("")]
    [TestCase("{\"parameters\":{\"units\":[")]
    public void A_question_exits_6(string said)
    {
        CliRun run = Run(said, "status", "web");
        Assert.That(run.Code, Is.EqualTo(6), run.Error);
        Assert.That(run.Error, Does.Contain("closed the connection"));
    }

    [Test]
    public void A_plan_without_its_end_exits_6()
    {
        CliRun run = Run(
            "{\"parameters\":{\"jobs\":[]},\"continues\":true}\0", "plan", "start", "web");
        Assert.That(run.Code, Is.EqualTo(6), run.Error);
        Assert.That(run.Out, Is.Empty);
    }

    // Takes one connection, says so much of an answer, and is gone.
    private CliRun Run(string said, params string[] args)
    {
        string path = Path.Combine(_directory, "control");
        using var listener = new Socket(
            AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var server = new Thread(() =>
        {
            using Socket client = listener.Accept();
            listener.Dispose();
            File.Delete(path);
            _ = client.Receive(new byte[65_536]);
            _ = client.Send(Encoding.UTF8.GetBytes(said));
        });
        server.Start();
        CliRun run = CliRun.Of(args, path);
        server.Join();
        return run;
    }
}
