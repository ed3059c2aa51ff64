using System.Runtime.InteropServices;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>
/// A PAM session of this process, for initx-exec only. It is closed by a process of its own when
/// this one, or the program that it becomes, has ended.
/// </summary>
public static unsafe class PamSession
{
    // enum step of pam_session.c.
    private const int Library = 1;
    private const int Watcher = 5;

    private static readonly string[] Calls =
        ["", "dlopen", "pam_start", "pam_acct_mgmt", "pam_open_session", "fork"];

    /// <summary>
    /// Opens one, with the variables of the service, which are afterwards those that the modules
    /// leave. May block for as long as a module does.
    /// </summary>
    /// <param name="service">The name of a file in /etc/pam.d.</param>
    /// <param name="terminal">A path; null takes that of standard input, if it is one.</param>
    /// <param name="marked">As in <see cref="ServiceEnvironment.Read"/>.</param>
    /// <param name="why">What was refused, in words; empty when it is open.</param>
    /// <returns>
    /// ENOENT when libpam is not installed; EACCES when a module refused; the errno of fork(2).
    /// </returns>
    public static SysResult Open(
        string service, string user, string? terminal, ServiceEnvironment environment, bool marked,
        out string why)
    {
        Libc.SessionRequest request = new()
        {
            Service = (byte*)Marshal.StringToCoTaskMemUTF8(service),
            User = (byte*)Marshal.StringToCoTaskMemUTF8(user),
            Terminal = (byte*)Marshal.StringToCoTaskMemUTF8(terminal),
            Environment = (byte**)environment.Block,
        };
        int step = Libc.initx_session_open(&request);
        why = "";
        if (step == 0)
        {
            environment.Replace((nint)request.Environment, marked);
            return SysResult.Ok;
        }

        string text = Marshal.PtrToStringUTF8((nint)request.Text) ?? "";
        why = step == Library
            ? $"libpam.so.0 (Debian: libpam0g) has to be installed: {text}"
            : $"{Calls[step]} {text}".TrimEnd();
        return SysResult.Fail(step switch
        {
            Library => Errno.ENOENT,
            Watcher => (Errno)request.Code,
            _ => Errno.EACCES,
        });
    }
}
