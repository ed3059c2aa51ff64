namespace InitTx.Units.Loading.Sections;

/// <summary>
/// systemd.exec(5): whose session the process is in, and the labels of security modules.
/// </summary>
internal static class ExecSession
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "PAMName" or "AppArmorProfile" or "SELinuxContext" or "SmackProcessLabel":
                Text(s);
                return true;
            default:
                return false;
        }
    }

    // "-" before a label forgives that it cannot be set.
    private static void Text(in Setting s)
    {
        if (s.IsReset)
            ExecSetup.Set(s, s.Key, null);
        else if (s.TryExpand(out string text))
            ExecSetup.Set(s, s.Key, text is "" or "-" ? null : text);
    }
}
