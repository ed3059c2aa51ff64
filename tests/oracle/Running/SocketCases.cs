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

        foreach (RunCase story in Accepting())
            yield return story;
        foreach (RunCase story in Triggers())
            yield return story;
        foreach (RunCase story in SocketCommandCases.All())
            yield return story;
    }

    private const string Counts =
        "systemctl show -p ActiveState -p SubState -p Result -p NAccepted -p NConnections "
        + "-p NRefused {N}.socket | sort | tr '\\n' ' '; echo\n";

    // systemd forgets a socket that is stopped, and its counts with it.
    private const string State =
        "systemctl show -p ActiveState -p SubState -p Result {N}.socket | sort | tr '\\n' ' '\n";

    // What an instance sees of itself; ports and pids are not the same twice.
    private const string Server =
        "#!/bin/sh\nif [ -n \"$LISTEN_FDS\" ]; then exec <&3 >&3; fi\nread word\n"
        + "echo \"$1 $word: $LISTEN_FDS $LISTEN_FDNAMES ${REMOTE_ADDR-none}"
        + " ${REMOTE_PORT:+port}\" | sed -E 's/:[0-9]{5}/:PORT/; s/-[0-9]+-0/-PID-0/'\n";

    private static readonly (string Name, string Socket, string Service, string Talk)[] Accepted =
    [
        ("unix", "ListenStream=/run/{N}", "", "ask unix /run/{N} 3"),
        ("inet", "ListenStream=127.0.0.1:7{P}", "", "ask inet 7{P} 2"),
        ("mapped", "ListenStream=7{P}", "", "ask inet 7{P} 1"),
        ("inet6", "ListenStream=[::1]:7{P}", "", "ask inet6 7{P} 2"),
        ("packets", "ListenSequentialPacket=/run/{N}", "", "ask packets /run/{N} 2"),
        ("descriptor", "ListenStream=/run/{N}", "StandardInput=null\n", "ask unix /run/{N} 2"),
        ("named", "ListenStream=/run/{N}\nFileDescriptorName=door", "StandardInput=null\n",
            "ask unix /run/{N} 1"),
        ("max", "ListenStream=/run/{N}\nMaxConnections=2", "", "ask unix /run/{N} 4"),
        ("source", "ListenStream=127.0.0.1:7{P}\nMaxConnectionsPerSource=1", "",
            "ask inet 7{P} 3"),
        ("limit", "ListenStream=/run/{N}\nTriggerLimitBurst=2\nTriggerLimitIntervalSec=60", "",
            "ask unix /run/{N} 4"),
        ("pre", "ListenStream=/run/{N}",
            "ExecStartPre=/bin/sh -c 'echo before $LISTEN_FDS'\n", "ask unix /run/{N} 1"),
        ("fails", "ListenStream=/run/{N}", "ExecStopPost=/bin/false\n", "ask unix /run/{N} 1"),
        ("collected", "ListenStream=/run/{N}",
            "ExecStopPost=/bin/false\n[Unit]\nCollectMode=inactive-or-failed\n",
            "ask unix /run/{N} 1"),
    ];

    private static IEnumerable<RunCase> Accepting()
    {
        int port = 150;
        foreach ((string name, string socket, string service, string talk) in Accepted)
        {
            string number = (port++).ToString(System.Globalization.CultureInfo.InvariantCulture);
            yield return RunCase.Story(
                "accept", $"accept-{name}",
                ("act start {N}.socket\n" + talk + "\nleft {N}\n" + Counts
                    + "act stop {N}.socket\n" + State)
                    .Replace("{P}", number, StringComparison.Ordinal),
                ("{N}.socket", "[Socket]\nAccept=yes\n"
                    + socket.Replace("{P}", number, StringComparison.Ordinal) + "\n"),
                ("/oracle/data/{N}", Server),
                ("{N}@.service", "[Service]\nStandardInput=socket\n"
                    + "ExecStart=/bin/sh /oracle/data/{N} %i\n" + service));
        }

        yield return RunCase.Story(
            "accept", "accept-stop-keeps",
            "act start {N}.socket\nhold /run/{N}\nact stop {N}.socket\n" + Counts
            + "systemctl list-units --no-legend --plain '{N}@*' | wc -l\n"
            + "act start {N}.socket\n" + Counts + "act stop '{N}@*'\nleft {N}\n" + Counts,
            ("{N}.socket", "[Socket]\nAccept=yes\nListenStream=/run/{N}\n"),
            ("{N}@.service", "[Service]\nStandardInput=socket\nExecStart=/bin/cat\n"));
        yield return RunCase.Story(
            "accept", "accept-no-template",
            "act start {N}.socket\nask unix /run/{N} 1\nleft {N}\n" + Counts,
            ("{N}.socket", "[Socket]\nAccept=yes\nListenStream=/run/{N}\n"));
        yield return RunCase.Story(
            "accept", "accept-service-named",
            "act start {N}.socket\nsystemctl show -p LoadState {N}.socket\n",
            ("{N}.socket", "[Socket]\nAccept=yes\nListenStream=/run/{N}\nService=x.service\n"));
        yield return RunCase.Story(
            "accept", "accept-datagrams",
            "act start {N}.socket\nsystemctl show -p LoadState {N}.socket\n",
            ("{N}.socket", "[Socket]\nAccept=yes\nListenDatagram=/run/{N}\n"));
        yield return RunCase.Story(
            "socket", "socket-queue",
            "act start {N}.socket\nsystemctl show -p ActiveState -p SubState {N}.socket | sort\n"
            + "act stop {N}.socket\n",
            ("{N}.socket", "[Socket]\nListenMessageQueue=/{N}\nMessageQueueMaxMessages=4\n"
                + "MessageQueueMessageSize=64\nRemoveOnStop=yes\n"),
            ("{N}.service", "[Service]\nExecStart=/bin/true\n"));
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
