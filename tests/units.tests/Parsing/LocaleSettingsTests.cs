using System.Text;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Parsing;

/// <summary>Which language every service of the system gets (locale.conf(5)).</summary>
public sealed class LocaleSettingsTests
{
    [TestCase("", "", "LANG=C.UTF-8")]
    [TestCase("LANG=de_DE.UTF-8\n", "", "LANG=de_DE.UTF-8")]
    [TestCase("LANG=\"de_DE.UTF-8\"\nLANG=fr_FR.UTF-8", "", "LANG=fr_FR.UTF-8")]
    [TestCase("LC_TIME=C\nLANG=de_DE.UTF-8\nLANGUAGE=de:en\n", "",
        "LANG=de_DE.UTF-8 LANGUAGE=de:en LC_TIME=C")]
    [TestCase("LC_TIME=C\n", "", "LC_TIME=C")]
    [TestCase("LANG=\n", "", "LANG=C.UTF-8")]
    [TestCase("LC_ALL=de_DE.UTF-8\nPATH=/evil\nLD_PRELOAD=x\n", "", "LANG=C.UTF-8")]
    [TestCase("LANG=de_DE.UTF-8\n", "quiet locale.LANG=fr_FR.UTF-8 locale.PATH=/evil",
        "LANG=fr_FR.UTF-8")]
    [TestCase("LANG=de_DE.UTF-8\n", "locale.LC_TIME=C locale. locale.LANG locale.LANG=",
        "LC_TIME=C")]
    public void The_kernel_line_beats_the_file_and_the_file_the_default(
        string file, string words, string expected) =>
        Assert.That(Told(Parse(Encoding.UTF8.GetBytes(file), words.Split(' '))),
            Is.EqualTo(expected));

    [Test]
    public void A_line_that_says_nothing_is_named_and_the_rest_counts()
    {
        LocaleSettings found = Parse("export LANG=x\nLC_TIME=C\n"u8.ToArray());
        Assert.That(Told(found), Is.EqualTo("LC_TIME=C"));
        Assert.That(found.Diagnostics.Single().Location.ToString(), Is.EqualTo("/l:1"));
    }

    [Test]
    public void A_damaged_file_is_named_and_the_default_counts()
    {
        foreach (byte[] damaged in (byte[][])[
            [.. "LANG=de\n"u8, 0xff, 0xfe], [.. "LANG=de\n"u8, .. new byte[64 * 1024]]])
        {
            LocaleSettings found = Parse(damaged);
            Assert.That(Told(found), Is.EqualTo("LANG=C.UTF-8"));
            Assert.That(found.Diagnostics.Single().Location.Path, Is.EqualTo("/l"));
        }
    }

    private static LocaleSettings Parse(byte[] file, params string[] words) =>
        LocaleSettings.Parse("/l", file, words);

    private static string Told(LocaleSettings found) =>
        string.Join(' ', found.Variables.Select(v => $"{v.Key}={v.Value}"));
}
