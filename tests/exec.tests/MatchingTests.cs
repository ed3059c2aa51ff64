using InitTx.Exec.Matching;

namespace InitTx.Exec.Tests;

public sealed class MatchingTests
{
    [TestCase("*", "", true)]
    [TestCase("a*c", "abbbc", true)]
    [TestCase("a*c", "abbbd", false)]
    [TestCase("a?c", "abc", true)]
    [TestCase("a?c", "ac", false)]
    [TestCase("[a-c]x", "bx", true)]
    [TestCase("[!a-c]x", "bx", false)]
    [TestCase("[^a-c]x", "dx", true)]
    [TestCase("[]]x", "]x", true)]
    [TestCase("[a-]x", "-x", true)]
    [TestCase("[abc", "[abc", true)]
    [TestCase("\\*", "*", true)]
    [TestCase("\\*", "x", false)]
    [TestCase("**a**", "bab", true)]
    [TestCase("*a*b*c", "xaxbxc", true)]
    public void Patterns(string pattern, string text, bool matches) =>
        Assert.That(Wildcard.Matches(pattern, text), Is.EqualTo(matches));

    [Test]
    public void A_pattern_of_many_stars_stays_cheap() =>
        Assert.That(
            Wildcard.Matches(
                string.Concat(Enumerable.Repeat("a*", 500)) + "b", new string('a', 20_000)),
            Is.False);

    // From the specification and from systemd's own list of cases.
    [TestCase("~", "")]
    [TestCase("~1", "")]
    [TestCase("~1", "1")]
    [TestCase("", "-1")]
    [TestCase("122.1", "123")]
    [TestCase("122", "122.1")]
    [TestCase("123~rc1-1", "123")]
    [TestCase("123-a", "123-a.1")]
    [TestCase("123-a", "123-b")]
    [TestCase("123-3", "123-3.1")]
    [TestCase("123-3.1", "123^patch1")]
    [TestCase("123^patch1", "123.1-1")]
    [TestCase("123^patch1", "123^1")]
    [TestCase("123.a-1", "123.1-1")]
    [TestCase("123.1-1", "123a-1")]
    [TestCase("123a-1", "124-1")]
    [TestCase("5.9", "5.14")]
    [TestCase("6.1.0-9", "6.1.0-13-amd64")]
    [TestCase("a1", "a01b")]
    public void Versions_are_ordered(string lower, string higher)
    {
        Assert.That(VersionOrder.Compare(lower, higher), Is.Negative);
        Assert.That(VersionOrder.Compare(higher, lower), Is.Positive);
    }

    [TestCase("1.0", "1.0")]
    [TestCase("01.2", "1.02")]
    [TestCase("1_2", "1 2")]
    public void Versions_that_are_written_differently_can_be_equal(string a, string b) =>
        Assert.That(VersionOrder.Compare(a, b), Is.Zero);
}
