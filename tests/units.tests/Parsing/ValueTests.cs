using InitTx.Tests;
using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>Single values: names, signals, statuses, sizes, addresses, environment files.</summary>
public sealed class ValueTests
{
    private static readonly string[] Strings =
        ["a", "a-b", "/a/b", "a b", ".a", "a.b", "é", "a\\b", "@x", "-", "a/-b", "_:x", "..",
            "\u0001"];

    private static readonly string[] Paths = ["/", "/a", "/a/b-c", "//a//b/", "/a/./b", "/.x",
        "/é"];

    [TestCase("a/b c", "a-b\\x20c")]
    [TestCase(".a.b", "\\x2ea.b")]
    [TestCase("a-b\\", "a\\x2db\\x5c")]
    [TestCase("é", "\\xc3\\xa9")]
    public void Text_is_escaped_for_unit_names(string text, string escaped)
    {
        Assert.That(UnitNameEscaper.Escape(text), Is.EqualTo(escaped));
        Assert.That(UnitNameEscaper.Unescape(escaped), Is.EqualTo(text));
    }

    [TestCase("/", "-")]
    [TestCase("//a//b-c/", "a-b\\x2dc")]
    [TestCase("/a/./b", "a-b")]
    [TestCase("/a/../b", null)]
    public void A_path_becomes_a_unit_name(string path, string? escaped) =>
        Assert.That(UnitNameEscaper.EscapePath(path), Is.EqualTo(escaped));

    [TestCase("a-", null)]
    [TestCase("", null)]
    [TestCase("a\\x2", null)]
    [TestCase("a\\x00", null)]
    [TestCase("a--b", null)]
    [TestCase("-", "/")]
    [TestCase("a-b\\x2dc", "/a/b-c")]
    public void A_unit_name_becomes_a_path_or_nothing(string escaped, string? path) =>
        Assert.That(UnitNameEscaper.UnescapePath(escaped), Is.EqualTo(path));

    [TestCase("SIGTERM", 15)]
    [TestCase("TERM", 15)]
    [TestCase("9", 9)]
    [TestCase("RTMIN", 34)]
    [TestCase("SIGRTMIN+30", 64)]
    [TestCase("RTMAX-30", 34)]
    [TestCase("RTMIN+31", null)]
    [TestCase("65", null)]
    [TestCase("0", null)]
    [TestCase("term", null)]
    [TestCase("-1", null)]
    public void A_signal_has_a_name_and_a_number(string text, int? signal) =>
        Assert.That(SignalNames.Parse(text), Is.EqualTo(signal));

    [Test]
    public void Every_signal_is_read_back_from_its_name()
    {
        foreach (int signal in Enumerable.Range(1, 31).Concat(Enumerable.Range(34, 31)))
            Assert.That(SignalNames.Parse(SignalNames.Name(signal)), Is.EqualTo(signal));
    }

    [TestCase("1024", 1024UL)]
    [TestCase("64K", 65536UL)]
    [TestCase("1.5M", 1572864UL)]
    [TestCase("1G 500M", 1598029824UL)]
    [TestCase("3B", 3UL)]
    [TestCase("16E", null)]
    [TestCase("500M 1G", null)]
    [TestCase("-1", null)]
    [TestCase("K", null)]
    [TestCase("1 2", null)]
    public void A_size_counts_in_steps_of_1024(string text, ulong? bytes) =>
        Assert.That(ByteSizeParser.TryParse(text, out ulong value) ? value
            : (ulong?)null, Is.EqualTo(bytes));

    [TestCase(ListenKind.Stream, "/run/x.sock", true)]
    [TestCase(ListenKind.Stream, "@x", true)]
    [TestCase(ListenKind.Stream, "@", false)]
    [TestCase(ListenKind.Stream, "80", true)]
    [TestCase(ListenKind.Stream, "0", false)]
    [TestCase(ListenKind.Stream, "65536", false)]
    [TestCase(ListenKind.Stream, "127.0.0.1:80", true)]
    [TestCase(ListenKind.Stream, "127.1:80", false)]
    [TestCase(ListenKind.Stream, "[::1]:80", true)]
    [TestCase(ListenKind.Stream, "::1:80", false)]
    [TestCase(ListenKind.Stream, "vsock:2:1234", true)]
    [TestCase(ListenKind.Stream, "host:80", false)]
    [TestCase(ListenKind.Fifo, "/run/f", true)]
    [TestCase(ListenKind.Fifo, "f", false)]
    [TestCase(ListenKind.MessageQueue, "/q", true)]
    [TestCase(ListenKind.MessageQueue, "/q/r", false)]
    [TestCase(ListenKind.Netlink, "kobject-uevent 1", true)]
    public void An_address_is_checked_as_text(ListenKind kind, string address, bool valid) =>
        Assert.That(ListenAddress.Fault(kind, address) is null, Is.EqualTo(valid));

    [Test]
    public void A_unix_path_must_fit_its_address() =>
        Assert.That(ListenAddress.Fault(ListenKind.Stream, "/" + new string('x', 107)),
            Is.Not.Null);

    [TestCase("A=1\nB = 2 \n", "A=1|B=2")]
    [TestCase("# c\n; d\n\nA=1", "A=1")]
    [TestCase("# c \\\nB=2\nA=1\n", "A=1")]
    [TestCase("A=\"x  y\" z\n", "A=x  yz")]
    [TestCase("A='x\ny'\n", "A=x\ny")]
    [TestCase("A=\"\\\"\\$\\`\\\\\\n\"\n", "A=\"$`\\\\n")]
    [TestCase("A=a\\\nb\n", "A=ab")]
    [TestCase("A=a\\ b\\\"\n", "A=a b\"")]
    [TestCase("A=a b  \n", "A=a b")]
    [TestCase("A=$X \"y\"\n", "A=$X \"y\"")]
    [TestCase("A=1\nA=2\n", "A=2")]
    [TestCase("export A=1\nB=2\n9C=3\nD\n", "B=2")]
    [TestCase("A=\"open\nB=1\n", "A=open\nB=1\n")]
    [TestCase("A=1\r\nB=2\r\n", "A=1|B=2")]
    [TestCase("A=\n", "A=")]
    [TestCase("A=a\u0001b\nB=1\n", "B=1")]
    public void An_environment_file_is_read_as_systemd_reads_it(string text, string expected)
    {
        EnvironmentFileContent content = EnvironmentFileParser.Parse(
            "/e", Encoding.UTF8.GetBytes(text), LoadLimits.Default);
        Assert.That(string.Join('|', content.Variables.Select(v => $"{v.Key}={v.Value}")),
            Is.EqualTo(expected));
    }

    [Test]
    public void A_fault_in_an_environment_file_is_named_with_its_line()
    {
        EnvironmentFileContent content = EnvironmentFileParser.Parse(
            "/e", "A=1\nexport B=2\n"u8, LoadLimits.Default);
        Assert.That(content.Diagnostics.Single().Location.ToString(), Is.EqualTo("/e:2"));
        Assert.That(content.Diagnostics.Single().Message, Does.Contain("without 'export'"));
    }

    [Test]
    public void A_file_that_is_not_utf8_is_broken_at_its_line()
    {
        EnvironmentFileContent content = EnvironmentFileParser.Parse(
            "/e", [.. "A=1\nB="u8, 0xE9, 0x0A], LoadLimits.Default);
        Assert.That(content.IsBroken);
        Assert.That(content.Diagnostics.Single().Location.ToString(), Is.EqualTo("/e:2"));
    }

    [Test]
    public void Any_bytes_survive_being_held_as_text() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 255)).ToArbitrary(), numbers =>
        {
            byte[] bytes = [.. numbers.Select(n => (byte)n)];
            return RawText.ToBytes(RawText.FromBytes(bytes)).AsSpan().SequenceEqual(bytes);
        }).Check(Properties.Config);

    // Written as characters: an attribute cannot hold half a pair.
    [Test]
    public void Half_a_pair_beside_a_held_byte_becomes_the_sign_for_no_character() =>
        Assert.That(RawText.ToBytes($"{(char)0xD800}x{(char)0xDC80}"),
            Is.EqualTo(new byte[] { 0xEF, 0xBF, 0xBD, (byte)'x', 0x80 }));

    [Test]
    public void A_byte_that_is_no_text_reaches_argv_as_it_is()
    {
        UnitDefinition unit = Loading.TextTree.Service("ExecStart=/bin/echo \\xff\\xc3\\xa9\n");
        Assert.That(RawText.ToBytes(unit.Service!.ExecStart[0].Arguments[1]),
            Is.EqualTo(new byte[] { 0xFF, 0xC3, 0xA9 }));
    }

    [TestCase("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [TestCase("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Digests_match_the_published_vectors(string text, string digest)
    {
        var sha = new Sha256Digest();
        sha.Append(Encoding.ASCII.GetBytes(text));
        Assert.That(sha.Finish(), Is.EqualTo(digest));
    }

    [Test]
    public void Digests_match_the_frameworks_for_any_length()
    {
        for (int length = 0; length < 300; length++)
        {
            byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
            var sha = new Sha256Digest();
            sha.Append(bytes.AsSpan(0, length / 3));
            sha.Append(bytes.AsSpan(length / 3));
            Assert.That(sha.Finish(), Is.EqualTo(Convert.ToHexStringLower(
                System.Security.Cryptography.SHA256.HashData(bytes))));
        }
    }

    [Test]
    public void A_bare_port_listens_on_every_address()
    {
        Assert.That(ListenAddress.TryEndPoint("80", out var ip, out int port));
        Assert.That($"{ip} {port}", Is.EqualTo(":: 80"));
    }

    private static string Tool(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.TrimEnd('\n');
    }
}
