using InitTx.Linux.Prepare;
using InitTx.Units.Graph;
using InitTx.Units.Loading;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// The unit files in force: the tree that was read last, and the catalogue over it.
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

    /// <summary>The question that runs the generators; null when the machine has none.</summary>
    public PrepareQuestion.RunGenerators? GeneratorQuestion() => generators.Count == 0
        ? null
        : new PrepareQuestion.RunGenerators(0, generators, SystemOutputs, GeneratorTimeoutUs);
}
