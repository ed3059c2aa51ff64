using InitTx.Init.Recovery;
using InitTx.Linux.Prepare;
using InitTx.Units.Graph;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Init.Boot;

/// <summary>
/// The unit files in force: the tree that was read last, and the catalogue over it. The tree lies
/// in a memfd; once the units that matter are in memory it is only looked through when another
/// one is asked for.
/// </summary>
internal sealed class UnitSources(
    ManagerSetup setup, HeldBlob heldTree, Action<string> problem)
{
    private static readonly string[] SystemOutputs =
        ["/run/systemd/generator", "/run/systemd/generator.early", "/run/systemd/generator.late"];

    private const long GeneratorTimeoutUs = 60_000_000;

    private readonly IReadOnlyList<string> _generators = setup.Facts.GeneratorPath();
    private LaterCatalog? _later;

    /// <summary>Takes what goes wrong, in words.</summary>
    public Action<string> Problem { get; set; } = problem;

    public IUnitCatalog Catalog { get; private set; } = setup.Load(UnitFileTree.Empty);

    /// <summary>Uses a tree; it is the held one, unless that could not be kept.</summary>
    public void Use(UnitFileTree tree)
    {
        IUnitCatalog? first = setup.Load(tree);
        _later = new LaterCatalog(() =>
        {
            IUnitCatalog made = first ?? setup.Load(ReadHeld());
            first = null;
            return made;
        });
        Catalog = _later;
    }

    /// <summary>Uses the held tree, at the first question.</summary>
    public void UseHeld() => Catalog = _later = new LaterCatalog(() => setup.Load(ReadHeld()));

    /// <summary>Gives the memory of the unit files back, where they can be had again.</summary>
    public void Forget()
    {
        if (!heldTree.IsHeld)
            return;
        _later?.Forget();
        setup.ForgetLoaded();
    }

    /// <summary>
    /// Before another tree is used: what is in force need not be read again where its files are
    /// the same.
    /// </summary>
    public void Recall(IEnumerable<UnitDefinition> inForce)
    {
        if (setup.HasLoaded || heldTree.Read() is not { } bytes
            || !UnitFileTree.TryParse(bytes, out UnitFileTree tree))
            return;
        setup.Load(tree);
        setup.Remember(inForce);
    }

    /// <summary>The held tree; an empty one, and a problem told, when it is lost.</summary>
    public UnitFileTree ReadHeld()
    {
        if (heldTree.Read() is { } bytes && UnitFileTree.TryParse(bytes, out UnitFileTree tree))
            return tree;
        Problem("the unit files that were in force are lost; units run on without them");
        return UnitFileTree.Empty;
    }

    /// <summary>The question that runs the generators; null when the machine has none.</summary>
    public PrepareQuestion.RunGenerators? GeneratorQuestion() => _generators.Count == 0
        ? null
        : new PrepareQuestion.RunGenerators(0, _generators, SystemOutputs, GeneratorTimeoutUs);
}
