using InitTx.Core.Job;

namespace InitTx.Core.Tests.Transaction;

/// <summary>What two jobs of one unit become when they meet.</summary>
internal sealed class JobMergeTests
{
    [Test]
    public void The_merge_table_is_commutative_and_total()
    {
        string table = "";
        foreach (JobKind a in Enum.GetValues<JobKind>())
        {
            foreach (JobKind b in Enum.GetValues<JobKind>())
            {
                JobKind? merged = JobMerge.Merge(a, b, isActive: false);
                Assert.That(JobMerge.Merge(b, a, isActive: false), Is.EqualTo(merged), $"{a} {b}");
                table += merged is { } kind ? JobWords.Of(kind)[..3] + " " : "--- ";
            }

            table += "\n";
        }

        Assert.That(table, Is.EqualTo(
            "sta --- res sta sta sta \n"
            + "--- sto --- --- --- sto \n"
            + "res --- res res res res \n"
            + "sta --- res rel rel rel \n"
            + "sta --- res rel ver ver \n"
            + "sta sto res rel ver nop \n"));
    }
}
