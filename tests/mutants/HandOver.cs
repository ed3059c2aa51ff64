using System.Reflection;

namespace InitTx.Mutants.Tests;

/// <summary>
/// The only test that stryker itself runs. It runs nothing of what is mutated, so that stryker finds
/// no test for any mutant and ends at once; but it keeps the assembly in which all mutants are, each
/// behind a switch, for <see cref="Worker"/>. Starting a test host for each mutant took 9 s of
/// processor time a mutant; flipping the switch in one process takes a fraction of one.
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
            if (MutantSwitch.Find(assembly) is not null)
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
    }
}
