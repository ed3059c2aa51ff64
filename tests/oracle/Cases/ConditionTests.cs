using System.Text;
using InitTx.Core;
using InitTx.Exec.Conditions;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// Conditions as <c>systemd-analyze condition</c> evaluates them: those whose answer is the same
/// inside the judge's root, because it hangs on the kernel, the processor or the work directory.
/// </summary>
public sealed class ConditionTests
{
    private static readonly string[] Machine =
    [
        "KernelVersion=>=4.0", "KernelVersion=<4.0", "KernelVersion=5.*", "KernelVersion=*",
        "KernelVersion=> 3 < 99", "KernelVersion=!=1", "KernelVersion== 6.1", "KernelVersion=>=abc",
        "Architecture=x86-64", "Architecture=native", "Architecture=arm", "Architecture=x86",
        "Virtualization=bogus",
        "CPUs=>=1", "CPUs=<1", "CPUs=4096", "CPUs=x", "Memory=>1M", "Memory=<1M", "Memory=>=1P",
        "CPUFeature=sse2", "CPUFeature=bogus", "CPUFeature=fpu",
        "KernelCommandLine=nosuchword", "KernelCommandLine=a=b",
        "Host=oracle-not", "Firmware=device-tree", "Credential=nosuch",
    ];

    private static readonly string[] Paths =
    [
        "PathExists=@/file", "PathExists=@/none", "PathExists=@/dangling", "PathExists=@/link",
        "PathExists=@//dir/", "PathExistsGlob=@/fi*", "PathExistsGlob=@/x*",
        "PathExistsGlob=@/d?r/*", "PathExistsGlob=@/full/*", "PathExistsGlob=@/full/.h*",
        "PathExistsGlob=@/{file,none}", "PathExistsGlob=@/[a-g]ile", "PathExistsGlob=@/dangling",
        "PathIsDirectory=@/dir", "PathIsDirectory=@/dirlink", "PathIsDirectory=@/file",
        "PathIsSymbolicLink=@/link", "PathIsSymbolicLink=@/dangling", "PathIsSymbolicLink=@/file",
        "PathIsMountPoint=@/dir", "PathIsReadWrite=@/dir", "PathIsReadWrite=@/none",
        "DirectoryNotEmpty=@/dir", "DirectoryNotEmpty=@/full", "DirectoryNotEmpty=@/empty",
        "DirectoryNotEmpty=@/none", "DirectoryNotEmpty=@/file", "FileNotEmpty=@/file",
        "FileNotEmpty=@/zero", "FileNotEmpty=@/dir", "FileNotEmpty=@/link",
        "FileIsExecutable=@/program", "FileIsExecutable=@/file", "FileIsExecutable=@/dir",
        "PathIsEncrypted=@/file", "PathExistsGlob=@/{no,fi{l,x}e}",
        "DirectoryNotEmpty=@/backups",
    ];

    [Test]
    public void Conditions_hold_where_systemd_analyze_says_so()
    {
        using var work = new WorkDirectory();
        Fill(work);
        List<string> questions = [];
        foreach (string text in Machine.Concat(Paths.Select(p =>
            p.Replace("@", work.Path, StringComparison.Ordinal))))
        {
            string key = text[..text.IndexOf('=', StringComparison.Ordinal)];
            string value = text[(key.Length + 1)..];
            questions.Add($"Condition{key}={value}");
            questions.Add($"Condition{key}=!{value}");
            questions.Add($"Assert{key}=|{value}");
        }

        List<(int Status, string Text)> answers =
            Tools.Ask("systemd-analyze condition", questions, work);
        var checker = new ConditionChecker(new SystemFiles(""));
        var differences = new StringBuilder();
        for (int i = 0; i < questions.Count; i++)
        {
            string theirs = answers[i].Status == 0 ? "holds" : "fails";
            string ours = Check(checker, questions[i]);
            if (ours != theirs)
                differences.AppendLine(
                    $"{questions[i]}: ours {ours}, systemd's {theirs}: {answers[i].Text}");
        }

        TestContext.Progress.WriteLine(
            $"figure: oracle conditions: {questions.Count} values compared");
        Assert.That(differences.ToString(), Is.Empty);
    }

    private static string Check(ConditionChecker checker, string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        var specifiers = new SpecifierExpander(
            SystemdRoot.Facts(), UnitName.Parse("x.service"), "", 4096);
        UnitCondition? condition = ConditionParser.Parse(
            text[..at], text[(at + 1)..], specifiers, SourceLocation.BuiltIn, out _);
        return condition is not null
            && checker.Check([condition]).Outcome == PrepareOutcome.Ready ? "holds" : "fails";
    }

    private static void Fill(WorkDirectory work)
    {
        work.Write("file", "x");
        work.Write("zero", "");
        work.Write("dir/inside", "x");
        work.Write("full/.hidden", "x");
        work.Write("backups/x.dpkg-old", "x");
        work.Write("backups/x~", "x");
        Directory.CreateDirectory($"{work.Path}/empty");
        work.Link("link", "file");
        work.Link("dirlink", "dir");
        work.Link("dangling", "/nonexistent");
        work.Write("program", "x");
        File.SetUnixFileMode($"{work.Path}/program", UnixFileMode.UserRead
            | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }
}
