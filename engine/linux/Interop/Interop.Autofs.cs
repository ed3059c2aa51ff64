using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// autofs, protocol 5: linux/auto_fs.h and linux/auto_dev-ioctl.h; the kernel's
/// filesystems/autofs.rst and autofs-mount-control.rst.
/// </summary>
internal static partial class Libc
{
    internal const int AUTOFS_PROTO_VERSION = 5;
    internal const int autofs_ptype_missing_direct = 5;
    internal const int autofs_ptype_expire_direct = 6;
    internal const nuint AUTOFS_IOC_READY = 0x9360;
    internal const nuint AUTOFS_IOC_FAIL = 0x9361;
    internal const nuint AUTOFS_IOC_SETTIMEOUT = 0xC0089364;
    internal const nuint AUTOFS_DEV_IOCTL_OPENMOUNT = 0xC0189374;
    internal const nuint AUTOFS_DEV_IOCTL_FAIL = 0xC0189377;
    internal const nuint AUTOFS_DEV_IOCTL_EXPIRE = 0xC018937C;
    internal const uint AUTOFS_DEV_IOCTL_VERSION_MAJOR = 1;

    /// <summary>struct autofs_dev_ioctl; a path follows where a request has one.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AutofsControl
    {
        internal uint VersionMajor;
        internal uint VersionMinor;
        internal uint Size;
        internal int Descriptor;

        /// <summary>The token, the device, or how to expire.</summary>
        internal uint First;

        /// <summary>The status of a failure.</summary>
        internal int Second;
    }
}
