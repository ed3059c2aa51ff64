using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>The native part of initx-exec (engine/exec/native/pam_session.c).</summary>
internal static unsafe partial class Libc
{
    /// <summary>struct request of that file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SessionRequest
    {
        internal byte* Service;
        internal byte* User;
        internal byte* Terminal;
        internal byte** Environment;
        internal int Code;
        internal fixed byte Text[236];
    }

    [LibraryImport("initx_session")]
    internal static partial int initx_session_open(SessionRequest* request);
}
