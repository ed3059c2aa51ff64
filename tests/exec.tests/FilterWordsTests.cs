using InitTx.Exec.Setup;

namespace InitTx.Exec.Tests;

/// <summary>SystemCallFilter= folded from its lines (systemd.exec(5)).</summary>
public sealed class FilterWordsTests
{
    [Test]
    public void The_first_line_decides_and_a_list_that_allows_has_the_default_group()
    {
        FilterWords filter = FilterWords.Fold(["@chown"]);
        Assert.That(filter.Allows, Is.True);
        Assert.That(filter.Calls.Keys, Has.Member("fchownat").And.Member("execve"));
        Assert.That(filter.Calls.Keys, Has.No.Member("mount"));
        Assert.That(FilterWords.Fold(["~@chown"]).Calls.Keys, Has.No.Member("execve"));
    }

    [Test]
    public void A_line_of_the_other_kind_takes_names_out_again()
    {
        Assert.That(FilterWords.Fold(["@chown", "~chown"]).Calls.Keys,
            Has.No.Member("chown").And.Member("lchown"));
        Assert.That(FilterWords.Fold(["~@chown", "chown"]).Calls.Keys, Has.No.Member("chown"));
    }

    [TestCase("EPERM", 1)]
    [TestCase("38", 38)]
    [TestCase("kill", FilterWords.Kill)]
    public void A_denied_name_may_carry_its_own_answer(string text, int number)
    {
        FilterWords filter = FilterWords.Fold(["@chown", $"~chown:{text}"]);
        Assert.That(filter.Calls["chown"], Is.EqualTo(number));
        Assert.That(filter.Calls["lchown"], Is.EqualTo(FilterWords.Default));
        Assert.That(FilterWords.Fold([$"~chown:{text}"]).Calls["chown"], Is.EqualTo(number));
    }

    [Test]
    public void Groups_within_groups_are_taken_whole()
    {
        FilterWords filter = FilterWords.Fold(["@system-service"]);
        Assert.That(filter.Calls.Keys, Has.Member("io_setup").And.Member("openat"));
        Assert.That(filter.Calls.Keys.Where(k => k.StartsWith('@')), Is.Empty);
    }
}
