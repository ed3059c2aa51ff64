namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// systemd.resource-control(5): with whom the sockets of a unit may speak. Debian's systemd is
/// built without what it needs for ports and interfaces (-BPF_FRAMEWORK).
/// </summary>
internal static class TrafficCases
{
    private static readonly (string Name, string Settings)[] Filters =
    [
        ("none", ""),
        ("deny-any", "IPAddressDeny=any"),
        ("deny-localhost", "IPAddressDeny=localhost"),
        ("allow-localhost", "IPAddressDeny=any\nIPAddressAllow=localhost"),
        ("allow-one", "IPAddressDeny=any\nIPAddressAllow=127.0.0.2"),
        ("allow-wider", "IPAddressDeny=127.0.0.1\nIPAddressAllow=127.0.0.0/8"),
        ("allow-nothing-denied", "IPAddressAllow=10.0.0.0/8"),
        ("deny-six", "IPAddressDeny=::1"),
        ("deny-host-bits", "IPAddressDeny=127.0.0.3/31"),
        ("deny-taken-back", "IPAddressDeny=any\nIPAddressDeny="),
        ("deny-wrong", "IPAddressDeny=127.0.0.2 nonsense/8 127.0.0.0/33"),
        ("user", "User=nobody\nIPAddressDeny=any\nNoNewPrivileges=yes"),
    ];

    private const string Try = """
        use Socket qw(:all);
        sub at { my ($to, $port) = @_;
            $to =~ /:/ ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $to))
                : sockaddr_in($port, inet_aton($to)) }
        sub made { my ($to, $type) = @_;
            socket(my $s, $to =~ /:/ ? AF_INET6 : AF_INET, $type, 0) or die "socket: $!\n";
            setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1); $s }
        for my $to ("127.0.0.1", "127.0.0.2", "127.0.0.3", "::1") {
            print "send $to: ", send(made($to, SOCK_DGRAM), "x", 0, at($to, 9)) ? "yes" : $!, "\n" }
        """;

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string settings) in Filters)
            yield return Case($"traffic-{name}", settings);
        yield return Case("traffic-slice", "Slice={N}.slice\nIPAddressAllow=127.0.0.1",
            ("{N}.slice", "[Slice]\nIPAddressDeny=any\nIPAddressAllow=127.0.0.3\n"));
        yield return Case("traffic-slice-above", "Slice={N}-b.slice",
            ("{N}.slice", "[Slice]\nIPAddressDeny=127.0.0.2\n"));
    }

    private static RunCase Case(string name, string settings, params (string, string)[] files) =>
        RunCase.Story(
            "traffic", name,
            "act start {N}.service\nsettle {N}.service\nshow {N}.service\ntold {N}\n",
            [
                ("{N}.service",
                    "[Service]\nType=oneshot\nExecStart=/usr/bin/perl /oracle/files/{N}\n"
                    + $"StandardOutput=truncate:/oracle/tmp/{{N}}\n{settings}\n"),
                ("/oracle/files/{N}", Try),
                .. files,
            ]);
}
