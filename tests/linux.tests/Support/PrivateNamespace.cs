using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace InitTx.Linux.Tests.Support;

/// <summary>
/// Runs an action on a thread with namespaces of its own, so that nothing it mounts or names
/// reaches the machine (unshare(2)). Ignores the test where that is not allowed.
/// </summary>
internal static unsafe partial class PrivateNamespace
{
    internal const int Mounts = 0x00020000;
    internal const int Cgroups = 0x02000000;
    internal const int HostName = 0x04000000;
    internal const int Network = 0x40000000;
    private const int Files = 0x200;
    private const nuint PrivateRecursive = (1 << 18) | 16384;

    internal static void Run(int namespaces, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        bool allowed = true;
        var thread = new Thread(() =>
        {
            if (unshare(namespaces | Files) != 0)
            {
                allowed = false;
                return;
            }

            try
            {
                if ((namespaces & Mounts) != 0)
                    MakePrivate();
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        if (!allowed)
            Assert.Ignore("no right to make namespaces here");
    }

    private static void MakePrivate()
    {
        byte* root = stackalloc byte[2] { (byte)'/', 0 };
        Assert.That(mount(null, root, null, PrivateRecursive, null), Is.Zero);
    }

    [LibraryImport("libc")]
    private static partial int unshare(int flags);

    [LibraryImport("libc")]
    private static partial int mount(
        byte* source, byte* target, byte* type, nuint flags, void* data);
}
