using System.Runtime.InteropServices;

internal static partial class Program
{
    [LibraryImport("initx_shim", EntryPoint = "initx_shim_version")]
    internal static partial int ShimVersion();

    private static int Main() => ShimVersion() == 1 ? 0 : 1;
}
