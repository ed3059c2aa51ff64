namespace InitTx.Vm.Tests.Harness;

/// <summary>
/// A machine did what no test wants: panic, an early end, silence. An exception and not an
/// assertion, since the probe for KVM expects it.
/// </summary>
public sealed class MachineFailure(string message) : Exception(message);
