using System.Runtime.InteropServices;
using System.Text;

namespace InitTx.Linux.Tests.Support;

/// <summary>
/// Children made by posix_spawn(3): System.Diagnostics.Process would install a SIGCHLD handler
/// that reaps them itself.
/// </summary>
internal static unsafe partial class TestChild
{
    /// <summary>Starts "/bin/sh -c SCRIPT" with the test's environment reduced to PATH.</summary>
    internal static int Shell(string script) => Start("/bin/sh", "-c", script);

    /// <summary>Starts a program by path.</summary>
    internal static int Start(params string[] arguments)
    {
        var strings = new List<nint>();
        nint* argv = stackalloc nint[arguments.Length + 1];
        for (int i = 0; i < arguments.Length; i++)
            strings.Add(argv[i] = Marshal.StringToCoTaskMemUTF8(arguments[i]));
        argv[arguments.Length] = 0;
        nint* envp = stackalloc nint[2];
        strings.Add(envp[0] = Marshal.StringToCoTaskMemUTF8("PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
        envp[1] = 0;
        int pid;
        int error = posix_spawn(&pid, (byte*)argv[0], null, null, argv, envp);
        foreach (nint text in strings)
            Marshal.FreeCoTaskMem(text);
        Assert.That(error, Is.Zero, "posix_spawn " + arguments[0]);
        return pid;
    }

    /// <summary>Runs a program to its end; returns exit code and standard output.</summary>
    internal static (int Code, string Output) Run(params string[] arguments)
    {
        string file = Path.GetTempFileName();
        try
        {
            string[] all =
            [
                "/bin/sh", "-c", "out=$1; shift; exec \"$@\" > \"$out\" 2>&1", "sh", file,
                .. arguments,
            ];
            int pid = Start(all);
            int status;
            Assert.That(waitpid(pid, &status, 0), Is.EqualTo(pid));
            int code = (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F);
            return (code, File.ReadAllText(file, Encoding.UTF8));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Waits for a child and takes it away; the raw status.</summary>
    internal static int Reap(int pid)
    {
        int status;
        return waitpid(pid, &status, 0) == pid ? status : -1;
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn(
        int* pid, byte* path, void* actions, void* attributes, nint* argv, nint* envp);

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    internal static partial int raise(int signal);

    [LibraryImport("libc")]
    internal static partial int kill(int pid, int signal);
}
