using InitTx.Tests;
using System.Text;
using FsCheck.Fluent;
using InitTx.Linux.Processes;

namespace InitTx.Linux.Tests.Processes;

[TestFixture]
public sealed class ProcStatTests
{
    [TestCase("42 (sh) S 1 42 7 1025 -1 4194304", 'S', 1, 7, 1025)]
    [TestCase("42 (a) b) R 9 9 (c) D 1 42 7 0 -1 4194304", 'D', 1, 7, 0)]
    [TestCase("42 () Z 1 42 7 0 -1 4194304", 'Z', 1, 7, 0)]
    [TestCase("42 (x\n1 (y) S 3 3 3 3) S 2 42 7 34816 -1 4194304", 'S', 2, 7, 34816)]
    public void The_command_name_cannot_move_the_fields(
        string head, char state, int parent, int session, int terminal)
    {
        Assert.That(
            ProcStat.TryParse(Encoding.UTF8.GetBytes(head + Line()), out var stat), Is.True);
        Assert.That(
            stat, Is.EqualTo(new ProcStat(42, state, parent, session, terminal, 4194304, 4711)));
    }

    [TestCase("")]
    [TestCase(")")]
    [TestCase("42 (sh)")]
    [TestCase("42 (sh) ")]
    [TestCase("42 (sh) S 1 42")]
    [TestCase("x (sh) S 1 42 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 ")]
    [TestCase("42 (sh) S x 42 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 ")]
    [TestCase("42 (sh) S 1 42 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711")]
    [TestCase("42 (sh) S 1 42 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 99999999999999999999 ")]
    [TestCase("99999999999 (sh) S 1 42 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 ")]
    [TestCase(") 42 ( S 1 42 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 ")]
    public void What_is_cut_or_malformed_is_unknown(string line) =>
        Assert.That(ProcStat.TryParse(Encoding.UTF8.GetBytes(line), out _), Is.False);

    [Test]
    public void No_bytes_make_it_throw() =>
        FsCheck.Check.One(Properties.Config, Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            bytes =>
            {
                ProcStat.TryParse(bytes, out _);
                ProcStat.TryParse([.. "1 ("u8, .. bytes, .. ") S "u8, .. bytes], out _);
            }));

    [Test]
    public void The_kernel_and_the_parser_agree_about_ourselves()
    {
        using var proc = ProcFs.Open();
        Assert.That(proc.IsAvailable, proc.Error.Describe());
        Assert.That(proc.TryStat(Environment.ProcessId, out var stat));
        string[] fields = File.ReadAllText("/proc/self/stat").Split(") ").Last().Split(' ');
        Assert.That(stat.ParentPid.ToString(), Is.EqualTo(fields[1]));
        Assert.That(stat.StartTicks.ToString(), Is.EqualTo(fields[19]));
    }

    private static string Line() => " 1 2 3 4 5 6 7 8 20 0 1 0 4711 1000 200\n";
}
