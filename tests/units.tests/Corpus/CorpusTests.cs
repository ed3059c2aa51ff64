using System.Globalization;
using InitTx.Fuzz.Running;
using InitTx.Fuzz.Targets;

namespace InitTx.Units.Tests.Corpus;

/// <summary>
/// What fuzzing kept, as ordinary tests: no input that once broke a parser does again.
/// </summary>
public sealed class CorpusTests
{
    private static IEnumerable<TestCaseData> Inputs() =>
        from target in TargetList.All
        where !target.IsCanary
        from input in CorpusDirectory.Files(target.Name)
        select new TestCaseData(target.Name, Path.GetFileName(input))
            .SetArgDisplayNames(target.Name, Path.GetFileName(input));

    [TestCaseSource(nameof(Inputs))]
    public void An_input_that_was_kept_keeps_its_promises(string target, string input)
    {
        string path = Path.Combine(CorpusDirectory.Of(target), input);
        Assert.That(FuzzRun.Try(TargetList.Named(target), File.ReadAllBytes(path)), Is.Null,
            $"again: dotnet run --project fuzz -- replay --target {target} "
                + $"fuzz/Corpus/{target}/{input}");
    }

    [Test]
    public void Every_target_has_a_corpus_and_makes_inputs_that_pass()
    {
        foreach (FuzzTarget target in TargetList.All.Where(target => !target.IsCanary))
        {
            Assert.That(CorpusDirectory.Files(target.Name), Is.Not.Empty, target.Name);
            for (ulong seed = 0; seed < 20; seed++)
                Assert.That(FuzzRun.Try(target, target.Generate(new Prng(seed))), Is.Null,
                    $"{target.Name}, seed {seed}");
        }
    }

    /// <summary>
    /// A campaign gives each piece its time: two targets in one would have half of it each.
    /// </summary>
    [TestCase("nightly")]
    [TestCase("release")]
    public void Every_target_has_a_piece_of_a_campaign_to_itself(string tier)
    {
        string tiers = File.ReadAllText(Path.Combine(SourceRoot.Path, "scripts", "tiers.sh"));
        string line = tiers.Split('\n').Single(
            l => l.StartsWith($"{tier}|fuzz|", StringComparison.Ordinal));
        int pieces = int.Parse(line.Split('|')[2], CultureInfo.InvariantCulture);
        Assert.That(pieces % TargetList.All.Count, Is.Zero,
            $"{pieces} pieces for {TargetList.All.Count} targets");
    }

    [Test]
    public void Inputs_are_changed_without_words_and_without_a_corpus_too()
    {
        var mutator = new Mutator(new Prng(1), [], []);
        byte[] input = [1, 2, 3, 4, 5, 6, 7, 8];
        int changed = 0;
        for (int i = 0; i < 500; i++)
            changed += mutator.Mutate(input).AsSpan().SequenceEqual(input) ? 0 : 1;
        Assert.That(changed, Is.GreaterThan(400));
    }

    [Test]
    public void Every_target_has_words()
    {
        Assert.That(
            TargetList.All.Where(static target => target.Words.Count == 0)
                .Select(static target => target.Name),
            Is.Empty);
    }

    [Test]
    public void The_planted_bug_is_found()
    {
        var plan = new FuzzPlan(50_000, 0, 1, Path.GetTempPath());
        Assert.That(FuzzRun.Run(Canary.Target, plan, TimeSpan.Zero, out _), Is.Not.Null);
    }
}
