namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.exec(5): whose session the process is in, and what records of it are made.</summary>
internal static class ExecSession
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "PAMName":
                Text(s);
                return true;
            default:
                return false;
        }
    }

    private static void Text(in Setting s)
    {
        if (s.IsReset)
            ExecSetup.Set(s, s.Key, null);
        else if (s.TryExpand(out string text))
            ExecSetup.Set(s, s.Key, text.Length == 0 ? null : text);
    }
}
