using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Mounts;

namespace InitTx.Exec.Automounts;

/// <summary>
/// <c>initx-exec --expire-automount DEVICE PATH</c>: asks the kernel whether a mount is unused. A
/// program of its own, because the call returns only when the mount is gone or stays.
/// </summary>
internal static class ExpireAutomount
{
    public static int Run(string device, string path)
    {
        if (!uint.TryParse(
            device, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
            return Usage.Wrong($"--expire-automount: '{device}' is no device");
        SysResult asked = Autofs.Expire(path, number);
        if (asked.IsOk)
            return 0;
        Console.Error.WriteLine($"initx-exec: expire {path}: {asked.Error.Describe()}");
        return 1;
    }
}
