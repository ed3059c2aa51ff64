using InitTx.Init.Boot;
using InitTx.Init.Recovery;
using InitTx.Linux.BlackBox;
using InitTx.Units.Recording;

namespace InitTx.Init;

/// <summary>What both ways into the manager hand to the composition.</summary>
internal sealed record StartState
{
    public required StartInfo Start { get; init; }
    public required StartOptions Options { get; init; }
    public required ManagerSetup Setup { get; init; }

    /// <summary>Descriptors that came over; empty at a first start.</summary>
    public required IReadOnlyList<HeldDescriptor> Held { get; init; }

    public required HeldBlob HeldTree { get; init; }
    public required HeldDefinitions HeldDefinitions { get; init; }

    /// <summary>The definitions that the image before this one had in force, where kept.</summary>
    public required IReadOnlyList<HeldDefinition>? InForce { get; init; }

    public required UnitSources Sources { get; init; }

    /// <summary>What went wrong so far, for the console and the boot row.</summary>
    public required List<string> Problems { get; init; }
}
