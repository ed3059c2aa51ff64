using InitTx.Linux.Prepare;
using InitTx.Units.Graph;
using InitTx.Units.Loading;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// The unit files in force: the tree that was read last, and the catalogue over it. A tree that
/// was taken over is looked through when a unit is asked for that is not in memory.
/// </summary>
internal sealed class UnitSources(
    SpecifierContext context,
    IReadOnlyList<string> generators,
    Func<UnitFileTree, SpecifierContext, IUnitCatalog> load)
{
    private static readonly string[] SystemOutputs =
        ["/run/systemd/generator", "/run/systemd/generator.early", "/run/systemd/generator.late"];

    private const long GeneratorTimeoutUs = 60_000_000;

    public IUnitCatalog Catalog { get; private set; } = load(UnitFileTree.Empty, context);

    public void Use(UnitFileTree tree) => Catalog = load(tree, context);

    /// <summary>Uses a tree that is read when it is first needed.</summary>
    public void UseLater(Func<UnitFileTree> read) =>
        Catalog = new LaterCatalog(() => load(read(), context));

    /// <summary>The question that runs the generators; null when the machine has none.</summary>
    public PrepareQuestion.RunGenerators? GeneratorQuestion() => generators.Count == 0
        ? null
        : new PrepareQuestion.RunGenerators(0, generators, SystemOutputs, GeneratorTimeoutUs);
}
