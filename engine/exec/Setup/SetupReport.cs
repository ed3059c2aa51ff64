using System.Buffers.Binary;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Handles;

namespace InitTx.Exec.Setup;

/// <summary>
/// How a failed step is told: to the manager through the spawn's status pipe, which stays open
/// until the service's own program is executed, and otherwise by a line on standard error. The
/// record is struct initx_spawn_report of the shim with the directive and the errno in words.
/// </summary>
internal sealed class SetupReport(int statusFd)
{
    private const int TextMax = 240;
    private const int StepSetup = 13;

    /// <summary>Tells of the failure; returns the status to exit with.</summary>
    public int Fail(int status, string directive, string what, Errno error)
    {
        string subject = what.Length == 0 ? directive : $"{directive}: {what}";
        return Fail(status, $"{subject}: {error.Describe()}", error);
    }

    /// <summary>The same for what the kernel did not say.</summary>
    public int Fail(int status, string text, Errno error)
    {
        if (statusFd < 0 || !Send(status, text, error))
            Console.Error.WriteLine($"initx-exec: {text}");
        return status;
    }

    /// <summary>Something that a unit asks for is lost here, and it starts all the same.</summary>
    public static void Lost(string directive, string why) =>
        Said($"{directive} is not applied: {why}");

    /// <summary>A remark for the unit's log.</summary>
    public static void Said(string text) => Console.Error.WriteLine($"initx-exec: {text}");

    private bool Send(int status, string text, Errno error)
    {
        byte[] record = new byte[16 + TextMax];
        BinaryPrimitives.WriteInt32LittleEndian(record, (int)error);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), StepSetup);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), status);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, TextMax - 1)).CopyTo(record.AsSpan(16));
        return Descriptors.Write(statusFd, record).IsOk;
    }
}

/// <summary>Exit statuses of systemd.exec(5), "Process Exit Codes".</summary>
internal static class ExitStatus
{
    public const int Chdir = 200;
    public const int Nice = 201;
    public const int Fds = 202;
    public const int Exec = 203;
    public const int Memory = 204;
    public const int Limits = 205;
    public const int OomAdjust = 206;
    public const int SignalMask = 207;
    public const int Stdin = 208;
    public const int Stdout = 209;
    public const int Chroot = 210;
    public const int IoPrio = 211;
    public const int TimerSlack = 212;
    public const int SecureBits = 213;
    public const int SetScheduler = 214;
    public const int CpuAffinity = 215;
    public const int Group = 216;
    public const int User = 217;
    public const int Capabilities = 218;
    public const int Stderr = 222;
    public const int Pam = 224;
    public const int Network = 225;
    public const int Namespace = 226;
    public const int NoNewPrivileges = 227;
    public const int Seccomp = 228;
    public const int SelinuxContext = 229;
    public const int Personality = 230;
    public const int AppArmorProfile = 231;
    public const int SmackLabel = 234;
    public const int Keyring = 237;
    public const int NumaPolicy = 242;
    public const int Credentials = 243;
    public const int Bpf = 244;
}

/// <summary>A step that failed, on its way to <see cref="SetupReport"/>.</summary>
internal readonly record struct StepFailure(int Status, string Directive, string What, Errno Error)
{
    public static StepFailure? Of(SysResult result, int status, string directive, string what) =>
        result.IsOk ? null : new StepFailure(status, directive, what, result.Error);
}
