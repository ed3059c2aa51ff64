using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// What one manager runs through the storm, the system's or a user's. Logs are in
/// <see cref="Logs"/>, written by the services themselves (native/resident.c):
/// <list type="bullet">
/// <item>echo-stream, echo-tcp, echo-dgram, letters: a socket each and its service</item>
/// <item>once.socket: its service ends after each connection, so it is down at every crash</item>
/// <item>keeper.service: five stored descriptors, one of them FDPOLL=0 with no other end</item>
/// <item>guarded.service: pings its watchdog</item>
/// <item>beat.timer, clock.timer: a time span and a calendar that elapse again and again</item>
/// <item>singleN.timer: elapses once, each at a time of its own</item>
/// </list>
/// </summary>
internal sealed record ActivationUnits
{
    internal const string Logs = "/storm";
    internal const int BeatSeconds = 2;
    internal const int ClockSeconds = 3;
    internal const int Singles = 16;

    internal const string UserUnit = "manager.service";
    private const string UserRuntime = "/run/user/1000";

    /// <summary>system or user: part of each log's name.</summary>
    internal required string Name { get; init; }

    /// <summary>Where its unit files lie.</summary>
    internal required string Directory { get; init; }

    /// <summary>What %t is to it.</summary>
    internal required string Runtime { get; init; }

    /// <summary>Of echo-tcp, on the loopback device of the system's own.</summary>
    internal required int Port { get; init; }

    /// <summary>How initx reaches it.</summary>
    internal required string[] Initx { get; init; }

    internal static readonly ActivationUnits System = new()
    {
        Name = "system",
        Directory = "/etc/initx/system",
        Runtime = "/run",
        Port = 7001,
        Initx = ["/usr/bin/initx"],
    };

    internal static readonly ActivationUnits User = new()
    {
        Name = "user",
        Directory = "/etc/initx/user",
        Runtime = UserRuntime,
        Port = 7002,
        Initx =
        [
            "/usr/bin/env", $"XDG_RUNTIME_DIR={UserRuntime}", $"HOME={Logs}/home",
            "/usr/bin/initx", "--user",
        ],
    };

    /// <summary>Services that have to be the same process for ever.</summary>
    internal static readonly string[] Residents =
    [
        "echo-stream.service", "echo-tcp.service", "echo-dgram.service", "letters.service",
        "keeper.service", "guarded.service",
    ];

    /// <summary>Units that have to be active for ever.</summary>
    internal static readonly string[] Standing =
    [
        "echo-stream.socket", "echo-tcp.socket", "echo-dgram.socket", "letters.socket",
        "once.socket", "beat.timer", "clock.timer",
    ];

    internal string LogOf(string what) => $"{Logs}/{what}-{Name}";

    /// <summary>Adds all of it, and for the system the manager of the user.</summary>
    /// <param name="singleSeconds">So long after one singleN.timer the next elapses.</param>
    internal void AddTo(Layer layer, int singleSeconds)
    {
        Socket(layer, "echo-stream", "ListenStream=%t/echo-stream", "serve -");
        Socket(layer, "echo-tcp", $"ListenStream=127.0.0.1:{Port}", "serve -");
        Socket(layer, "echo-dgram", "ListenDatagram=%t/echo-dgram", "serve -");
        Socket(layer, "letters", "ListenFIFO=%t/letters", $"serve {LogOf("letters")}");
        Socket(layer, "once", "ListenStream=%t/once", $"once {LogOf("once")}");
        Service(
            layer, "keeper", $"keep {LogOf("keeper")}",
            "Type=notify\nFileDescriptorStoreMax=8\n", isWanted: true);

        // Pinged twice a second: a busy machine does not hold that up ten times in a row.
        Service(
            layer, "guarded", "ping", "Type=notify\nWatchdogSec=6\nRestart=always\n",
            isWanted: true);
        Timer(layer, "beat", $"OnActiveSec=1\nOnUnitActiveSec={BeatSeconds}\n");
        Timer(layer, "clock", $"OnCalendar=*:*:0/{ClockSeconds}\n");
        Service(layer, "single@", $"note {LogOf("single")} %i", "Type=oneshot\n");
        for (int i = 1; i <= Singles; i++)
        {
            string after = (i * singleSeconds).ToString(CultureInfo.InvariantCulture);
            Unit(
                layer, $"single{i}.timer",
                $"[Timer]\nAccuracySec=1ms\nOnActiveSec={after}\nUnit=single@{i}.service\n",
                isWanted: true);
        }
    }

    /// <summary>The account, its directories and its manager as a service of the system.</summary>
    internal static void AddUserTo(Layer layer)
    {
        layer.WriteFile(
            "/etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\ndev:x:1000:1000:dev:/storm/home:/bin/sh\n"
            + "nobody:x:65534:65534:nobody:/:/bin/false\n");
        layer.WriteFile("/etc/group", "root:x:0:\ndev:x:1000:\nnogroup:x:65534:\n");
        layer.WriteFile("/etc/initx/user/default.target", "[Unit]\nDescription=A user's own\n");
        layer.OpenDirectory(Logs).OpenDirectory(Logs + "/home");
        layer.Unit(
            UserUnit,
            "[Service]\nUser=dev\nDelegate=yes\nRuntimeDirectory=user/1000\n"
            + "RuntimeDirectoryMode=0700\nEnvironment=XDG_RUNTIME_DIR=/run/user/1000\n"
            + $"Environment=HOME={Logs}/home\n"
            + "ExecStart=/usr/lib/initx/initxd --user --crash-tests\n",
            "default.target");
    }

    private void Socket(Layer layer, string name, string listen, string verb)
    {
        Unit(layer, name + ".socket", $"[Socket]\n{listen}\n", isWanted: true);
        Service(layer, name, verb, "");
    }

    private void Timer(Layer layer, string name, string when)
    {
        Unit(layer, name + ".timer", $"[Timer]\nAccuracySec=1ms\n{when}", isWanted: true);
        Service(layer, name, $"note {LogOf(name)} x", "Type=oneshot\n");
    }

    private void Service(
        Layer layer, string name, string verb, string more, bool isWanted = false) =>
        Unit(
            layer, name + ".service",
            "[Unit]\nStartLimitIntervalSec=0\n"
            + $"[Service]\nExecStart={NativePrograms.Resident} {verb}\n{more}",
            isWanted);

    private void Unit(Layer layer, string name, string content, bool isWanted)
    {
        layer.WriteFile($"{Directory}/{name}", content);
        if (isWanted)
            layer.Link($"{Directory}/default.target.wants/{name}", $"../{name}");
    }
}
