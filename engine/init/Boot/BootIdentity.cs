using System.Globalization;
using System.Text;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Machine;
using InitTx.Units.Model;

namespace InitTx.Init.Boot;

/// <summary>
/// The id of the boot that rows belong to: the kernel's, or, for the PID 1 of a container, one of
/// each start of the container: the kernel's stays the same while containers come and go.
/// </summary>
internal static class BootIdentity
{
    /// <summary>Lower-case with dashes; the same in every image of one boot.</summary>
    public static string Of(StartState state)
    {
        Guid kernel = BootId.Get();
        if (!state.Setup.IsPid1 || InitialNamespace.IsOurs())
            return kernel.ToString("D");
        byte[] digest = Sha256Digest.Of(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"initx boot {kernel:D} {state.Start.FirstStartNs}")));

        // RFC 9562: version 8, a value of the maker's own.
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new Guid(digest.AsSpan(0, 16), bigEndian: true).ToString("D");
    }
}
