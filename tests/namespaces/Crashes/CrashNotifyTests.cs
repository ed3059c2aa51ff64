using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// What a service told the manager that crashed before it could commit: nobody says READY=1 twice,
/// and who waited at a barrier believes that it was heard.
/// </summary>
[TestFixture]
public sealed class CrashNotifyTests
{
    [TestCase("READY=1")]
    [TestCase("READY=1\nSTATUS=heard")]
    [TestCase("READY=1\nFDSTORE=1\nFDNAME=said")]
    public void A_crash_before_the_commit_loses_no_notification(string text)
    {
        using CrashSystem system = Speaker($"say \"{text.Replace("\n", "\\n")}\"");
        int pid = CrashWhileItSpeaks(system);
        Eventually.True(
            () => Exists(system, "/run/let-go"), "the barrier lets it go", system.Evidence);
        Assert.That(system.IsActive("late.service"), Is.True, system.Evidence);
        Assert.That(system.MainPid("late.service"), Is.EqualTo(pid), system.Evidence);
        if (text.Contains("STATUS=", StringComparison.Ordinal))
        {
            Assert.That(
                system.Status("late.service").GetProperty("statusText").GetString(),
                Is.EqualTo("heard"));
        }

        if (text.Contains("FDSTORE=", StringComparison.Ordinal))
        {
            CommandResult held = system.System.Shell("ls -l /proc/1/fd | grep -c /memfd:said");
            Assert.That(held.Out.Trim(), Is.EqualTo("1"), system.Evidence);
        }
    }

    /// <summary>What it said before its end counts, though it is a zombie by then.</summary>
    [Test]
    public void A_crash_before_the_commit_does_not_turn_a_word_and_an_end_around()
    {
        using CrashSystem system = Speaker("end READY=1", "RemainAfterExit=yes\n");
        CrashWhileItSpeaks(system);
        Eventually.True(
            () => system.Status("late.service") is var status
                && status.GetProperty("subState").GetString() == "exited"
                && status.GetProperty("statusText").GetString() == "about to end",
            "it was ready, and has ended", system.Evidence);
    }

    private static CrashSystem Speaker(string verb, string more = "") => new(
        more: layer => layer.Unit(
            "late.service",
            "[Service]\nType=notify\nTimeoutStartSec=60\nFileDescriptorStoreMax=4\n"
            + $"ExecStart={NativePrograms.Resident} {verb}\n{more}"));

    private static int CrashWhileItSpeaks(CrashSystem system)
    {
        CommandResult asked = system.System.Initx("start", "--no-block", "late.service");
        Assert.That(asked.Status, Is.Zero, () => $"{asked}\n{system.Evidence()}");
        int pid = system.MainPid("late.service");
        Crash(system, () =>
        {
            system.System.Run("/bin/kill", "-USR1", pid.ToString(CultureInfo.InvariantCulture));
            Eventually.True(() => Exists(system, "/run/said"), "it has said it", system.Evidence);
        });
        return pid;
    }

    private static bool Exists(CrashSystem system, string path) =>
        File.Exists(system.System.PathOf(path));

    // While PID 1 is stopped both become ready, the notification first: one batch reads both.
    private static void Crash(CrashSystem system, Action meanwhile)
    {
        string pid = system.System.HostPid.ToString(CultureInfo.InvariantCulture);
        HostCommand.Run(["kill", "-STOP", pid]);
        meanwhile();
        Assert.That(system.TrySend("ud2"), Is.True, system.Evidence);
        HostCommand.Run(["kill", "-CONT", pid]);
        Assert.That(system.AwaitStart(after: 1)["reason"], Is.EqualTo("Crash"), system.Evidence);
    }
}
