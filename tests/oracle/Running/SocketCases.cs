namespace InitTx.Oracle.Tests.Running;

/// <summary>systemd.socket(5), systemd.path(5), systemd.timer(5): what starts a service.</summary>
internal static class SocketCases
{
    private const string Taker =
        "[Service]\nType=oneshot\nStandardOutput=append:/oracle/tmp/{N}\n"
        + "ExecStart=/oracle/taker\n";

    private const string Send =
        "act start {N}.socket\nshow_socket() { systemctl show -p ActiveState -p SubState -p Result "
        + "{N}.socket | sort | tr '\\n' ' '; echo; }\nshow_socket\n";

    private const string After =
        "wait_for {N} 1\nsettle {N}.service\nshow {N}.service\ntold {N}\nshow_socket\n"
        + "act stop {N}.socket\nshow_socket\n";

    private static readonly (string Name, string Socket, string Talk)[] Sockets =
    [
        ("stream-unix", "ListenStream=/run/{N}\nSocketMode=0640\nSocketUser=nobody",
            "stat -c '%a %U %F' /run/{N}; connect unix stream /run/{N}"),
        ("stream-inet", "ListenStream=127.0.0.1:7{P}", "connect inet stream 7{P}"),
        ("stream-port", "ListenStream=7{P}", "connect inet stream 7{P}"),
        ("datagram-unix", "ListenDatagram=/run/{N}", "connect unix dgram /run/{N}"),
        ("datagram-inet", "ListenDatagram=127.0.0.1:7{P}", "connect inet dgram 7{P}"),
        ("packets", "ListenSequentialPacket=/run/{N}", "connect unix seqpacket /run/{N}"),
        ("fifo", "ListenFIFO=/run/{N}",
            "stat -c '%a %F' /run/{N}; timeout 3 sh -c 'echo x >/run/{N}'"),
        ("abstract", "ListenStream=@{N}", "connect abstract stream {N}"),
        ("two", "ListenStream=/run/{N}.a\nListenStream=/run/{N}.b\nFileDescriptorName=door",
            "connect unix stream /run/{N}.b"),
        ("remove", "ListenStream=/run/{N}\nRemoveOnStop=yes\nSymlinks=/run/{N}.link",
            "readlink /run/{N}.link; connect unix stream /run/{N}"),
    ];

    public static IEnumerable<RunCase> All()
    {
        int port = 100;
        foreach ((string name, string socket, string talk) in Sockets)
        {
            string number = (port++).ToString(System.Globalization.CultureInfo.InvariantCulture);
            yield return RunCase.Story(
                "socket", $"socket-{name}",
                (Send + talk + "\n" + After + "ls -d /run/{N}* 2>/dev/null\n")
                    .Replace("{P}", number, StringComparison.Ordinal),
                ("{N}.socket", "[Socket]\n"
                    + socket.Replace("{P}", number, StringComparison.Ordinal) + "\n"),
                ("{N}.service", Taker));
        }

        foreach (RunCase story in Triggers())
            yield return story;
    }

    private static IEnumerable<RunCase> Triggers()
    {
        yield return RunCase.Story(
            "socket", "socket-service-fails",
            // Whether the word is sent before the socket gives up is a race under both.
            Send + "connect unix stream /run/{N} >/dev/null\nsleep 0.5\nsettle {N}.service\n"
            + "show {N}.service\n"
            + "show_socket\n",
            ("{N}.socket", "[Socket]\nListenStream=/run/{N}\nTriggerLimitBurst=3\n"
                + "TriggerLimitIntervalSec=60\n"),
            ("{N}.service", "[Service]\nExecStart=/bin/false\n"));
        yield return RunCase.Story(
            "socket", "socket-stop-keeps-service",
            Send + "act start {N}.service\nact stop {N}.socket\nshow {N}.service\nshow_socket\n"
            + "act stop {N}.service\nact start {N}.socket\nshow_socket\n",
            ("{N}.socket", "[Socket]\nListenStream=/run/{N}\n"),
            ("{N}.service", "[Service]\nExecStart=/bin/sleep 300\n"));
        yield return RunCase.Story(
            "path", "path-exists",
            "act start {N}.path\nsettle {N}.path\ntouch /run/{N}\nwait_for {N} 1\n"
            + "settle {N}.service\nshow {N}.service\nsystemctl show -p ActiveState -p SubState "
            + "{N}.path | sort\n",
            ("{N}.path", "[Path]\nPathExists=/run/{N}\n"),
            ("{N}.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                + "ExecStart=/oracle/end {N} exit 0\n"));
        yield return RunCase.Story(
            "path", "path-changed",
            "touch /run/{N}\nact start {N}.path\nsleep 0.3\necho x >/run/{N}\nwait_for {N} 1\n"
            + "settle {N}.service\nshow {N}.service\nact stop {N}.path\n",
            ("{N}.path", "[Path]\nPathChanged=/run/{N}\n"),
            ("{N}.service", "[Service]\nType=oneshot\nExecStart=/oracle/end {N} exit 0\n"));
        yield return RunCase.Story(
            "timer", "timer-once",
            "act start {N}.timer\nwait_for {N} 1\nsleep 0.3\nsettle {N}.service\nshow {N}.service\n"
            + "told {N}\nsystemctl show -p ActiveState -p SubState {N}.timer | sort\n",
            ("{N}.timer", "[Timer]\nOnActiveSec=300ms\nAccuracySec=1ms\nRemainAfterElapse=yes\n"),
            ("{N}.service", "[Service]\nType=oneshot\nExecStart=/oracle/end {N} exit 0\n"));
        yield return RunCase.Story(
            "timer", "timer-repeats",
            "act start {N}.timer\nwait_for {N} 3\nact stop {N}.timer\nsettle {N}.service\n"
            + "show {N}.service\nsystemctl show -p ActiveState -p SubState {N}.timer | sort\n",
            ("{N}.timer", "[Timer]\nOnActiveSec=100ms\nOnUnitInactiveSec=200ms\nAccuracySec=1ms\n"),
            ("{N}.service", "[Service]\nType=oneshot\nExecStart=/oracle/end {N} exit 0\n"));
    }
}
