using System.Reflection;

namespace InitTx.Mutants.Tests;

/// <summary>
/// The only test that stryker itself runs. It passes one mutant by, so that stryker has no test for
/// all the others and ends at once; but it keeps the assembly in which all mutants are, each
/// behind a switch, for <see cref="Worker"/>: a test host for each mutant takes seconds, a switch
/// that is flipped in one process does not.
/// </summary>
public sealed class HandOver
{
    [Test]
    public void Keeps_the_assembly_that_holds_all_mutants()
    {
        string folder = Environment.GetEnvironmentVariable("INITX_MUTANTS") ?? "";
        if (folder.Length == 0)
            Assert.Ignore("run by scripts/mutation, which says where to");
        foreach (string name in new[] { "InitTx.Units", "InitTx.Core" })
        {
            var assembly = Assembly.Load(name);
            string file = assembly.Location;
            if (MutantSwitch.Find(assembly) is not { } mutants)
                continue;
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);

            // A test that passes nothing by counts as one that might pass all.
            mutants.Pass(0);
        }
    }
}
