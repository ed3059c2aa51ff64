namespace InitTx.Units.Loading.Implicit;

/// <summary>What systemd.mount(5) says about places in the tree.</summary>
internal static class MountRules
{
    private static readonly string[] Kernel = ["/proc", "/sys", "/dev", "/run/initramfs"];

    /// <summary>
    /// True for what stays mounted as long as the system runs: the root, /usr, the kernel's own.
    /// </summary>
    public static bool IsExtrinsic(string? where)
    {
        if (where is null or "/" or "/usr")
            return true;
        foreach (string parent in Kernel)
        {
            if (where.StartsWith(parent, StringComparison.Ordinal)
                && (where.Length == parent.Length || where[parent.Length] == '/'))
                return true;
        }

        return false;
    }
}
