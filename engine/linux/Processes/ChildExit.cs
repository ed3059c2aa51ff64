using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Linux.Processes;

/// <summary>
/// The end of a known process, seen but not yet reaped: the zombie stays as evidence until
/// <see cref="ChildReaper.ReapCommitted"/>.
/// </summary>
/// <param name="Process">Who ended.</param>
/// <param name="Tag">What it was registered with.</param>
/// <param name="Kind">None: it was no child of ours, so nobody can tell how it ended.</param>
/// <param name="Code">The exit code, or the signal.</param>
public readonly record struct ChildExit(
    ProcessIdentity Process, ulong Tag, ExitKind Kind, int Code);
