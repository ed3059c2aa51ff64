namespace InitTx.Exec.Matching;

/// <summary>
/// Names that systemd does not count when it asks whether a directory is empty: hidden files,
/// and what editors and package managers leave behind.
/// </summary>
internal static class HiddenNames
{
    private static readonly string[] Whole = ["lost+found", "aquota.user", "aquota.group"];

    private static readonly string[] Endings =
    [
        "~", ".rpmnew", ".rpmsave", ".rpmorig", ".dpkg-old", ".dpkg-new", ".dpkg-tmp",
        ".dpkg-dist", ".dpkg-bak", ".dpkg-backup", ".dpkg-remove", ".ucf-new", ".ucf-old",
        ".ucf-dist", ".swp", ".bak", ".old", ".new",
    ];

    public static bool IsHiddenOrBackup(string name)
    {
        if (name.StartsWith('.') || Array.IndexOf(Whole, name) >= 0)
            return true;
        foreach (string ending in Endings)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
