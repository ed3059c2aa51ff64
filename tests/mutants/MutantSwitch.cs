using System.Reflection;

namespace InitTx.Mutants.Tests;

/// <summary>
/// The class that stryker puts into an assembly it mutates: which mutant is on, and which mutants
/// the code that ran has passed by.
/// </summary>
internal sealed class MutantSwitch
{
    private readonly FieldInfo _active;
    private readonly FieldInfo _capture;
    private readonly FieldInfo _covered;
    private readonly FieldInfo _coveredStatic;
    private readonly MethodInfo _reset;
    private readonly MethodInfo _ask;

    private MutantSwitch(Type control)
    {
        _active = Field(control, "ActiveMutant");
        _capture = Field(control, "CaptureCoverage");
        _covered = Field(control, "_coveredMutants");
        _coveredStatic = Field(control, "_coveredStaticMutants");
        _reset = control.GetMethod("ResetCoverage")
            ?? throw new MissingMethodException("ResetCoverage");
        _ask = control.GetMethod("IsActive") ?? throw new MissingMethodException("IsActive");
    }

    /// <summary>Stryker's switch in an assembly, or null where it mutated nothing.</summary>
    public static MutantSwitch? Find(Assembly assembly) =>
        Array.Find(assembly.GetTypes(), static t => t.Name == "MutantControl") is { } control
            ? new MutantSwitch(control)
            : null;

    /// <summary>Turns one mutant on and all others off; -1 turns all off.</summary>
    public void TurnOn(int mutant)
    {
        _capture.SetValue(null, false);
        _active.SetValue(null, mutant);
    }

    /// <summary>Passes one mutant by, as the code does that holds it.</summary>
    public void Pass(int mutant) => _ask.Invoke(null, [mutant]);

    /// <summary>From now on no mutant is on and those passed by are written down.</summary>
    public void Watch() => _capture.SetValue(null, true);

    /// <summary>
    /// Those passed by since the last call, and those of them in static initializers.
    /// </summary>
    public (List<int> All, List<int> Static) Passed()
    {
        (List<int>, List<int>) passed =
            ([.. (List<int>)_covered.GetValue(null)!],
            [.. (List<int>)_coveredStatic.GetValue(null)!]);
        _reset.Invoke(null, null);
        return passed;
    }

    private static FieldInfo Field(Type control, string name) =>
        control.GetField(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            ?? throw new MissingFieldException(control.Name, name);
}
