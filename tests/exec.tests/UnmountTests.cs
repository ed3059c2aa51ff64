using System.Diagnostics;
using InitTx.Exec.Tests.Support;

namespace InitTx.Exec.Tests;

/// <summary>
/// --unmount-all where it must not do anything: the rest is tested where it is made.
/// </summary>
public sealed class UnmountTests
{
    [Test]
    public void In_a_container_the_mounts_stay()
    {
        Assume.That(Environment.IsPrivilegedProcess, "namespaces need root");
        using var sandbox = new Sandbox();
        sandbox.Make("bound");
        using Process process = Process.Start(new ProcessStartInfo("timeout")
        {
            ArgumentList =
            {
                "-s", "KILL", "30", "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--",
                "sh", "-c", $"mount --bind {sandbox.Root}/bound {sandbox.Root}/bound && "
                    + $"dotnet {Helper.Assembly} --unmount-all; echo status $?; "
                    + $"grep -c ' {sandbox.Root}/bound ' /proc/self/mountinfo",
            },
            RedirectStandardOutput = true,
        })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(output, Is.EqualTo("status 0\n1\n"));
    }
}
