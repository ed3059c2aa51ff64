using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;

namespace InitTx.Cli.Commands;

/// <summary>
/// The package whose script makes a request: dpkg tells its scripts (dpkg(1), DPKG_MAINTSCRIPT_*),
/// and the client passes it on in the reason. It is the client's word, not the kernel's: PID 1
/// never reads a client's environment.
/// </summary>
internal static class CallingPackage
{
    private const int MostChars = 128;

    /// <summary>The reason to put on record; null for none.</summary>
    /// <param name="given">What --reason says; null for nothing.</param>
    public static string? Reason(Session session, string? given)
    {
        string? package = Variable(session, "DPKG_MAINTSCRIPT_PACKAGE");
        if (package is null)
            return given;
        string script = Variable(session, "DPKG_MAINTSCRIPT_NAME") is { } name ? $" ({name})" : "";
        string claim = $"for package {package}{script}";
        return string.IsNullOrEmpty(given) ? claim : $"{given}; {claim}";
    }

    private static string? Variable(Session session, string name)
    {
        string? value = session.Host.Environment(name);
        if (string.IsNullOrEmpty(value))
            return null;
        string clean = SafeText.Clean(value);
        return clean.Length <= MostChars ? clean : clean[..MostChars];
    }
}
