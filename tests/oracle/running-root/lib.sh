# shellcheck shell=bash
# Words of the cases of the differential run. Everything they print is compared, so nothing of it
# may depend on time, pids or how a program words its complaints.

act() {
    systemctl "$@" >/dev/null 2>&1
    echo "systemctl $*: $?"
}

state() { systemctl show -p ActiveState -p SubState -p NRestarts "$1" | sort | tr '\n' ' '; }

# settle UNIT…: until nothing moves any more.
settle() {
    local unit now before same i
    for unit; do
        before='' same=0
        for ((i = 0; i < 200; i++)); do
            now=$(state "$unit")
            case $now in
                *=activating* | *=deactivating* | *=reloading*) same=0 ;;
                "$before") same=$((same + 1)) ;;
                *) same=0 ;;
            esac
            before=$now
            ((same < 5)) || continue 2
            sleep 0.1
        done
        echo "$unit does not settle"
    done
}

# show UNIT…: how it is, and how its main process ended.
show() {
    local unit
    for unit; do
        echo "$unit: $(systemctl show -p ActiveState -p SubState -p Result -p ExecMainCode \
            -p ExecMainStatus -p NRestarts "$unit" | sort | tr '\n' ' ')"
    done
}

# told FILE: what processes wrote. Each manager gives dynamic users numbers as it likes.
told() {
    [[ ! -e /oracle/tmp/$1 ]] || sed -E -e 's/^/told: /' \
        -e 's/\b6(1[2-9][0-9]{2}|[2-4][0-9]{3}|5[0-4][0-9]{2})\b/DYNAMIC/g' "/oracle/tmp/$1"
}

# wait_for FILE LINES: until processes have written that much.
wait_for() {
    local i
    for ((i = 0; i < 100; i++)); do
        [[ $(wc -l 2>/dev/null <"/oracle/tmp/$1" || echo 0) -lt $2 ]] || return 0
        sleep 0.1
    done
    echo "$1 has less than $2 lines"
}

# alive FILE: which of the processes that wrote `NAME PID` are still there.
alive() {
    local name pid
    while read -r name pid; do
        if [[ $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) == [A-Y] ]]; then
            echo "alive: $name"
            kill -KILL "$pid"
        else
            echo "gone: $name"
        fi
    done < <(sort "/oracle/tmp/$1")
}

# connect FAMILY TYPE WHERE: sends a word to a socket, and says whether it went.
connect() {
    perl -MSocket -e '
        my ($family, $type, $where) = @ARGV;
        my %types = (stream => SOCK_STREAM, dgram => SOCK_DGRAM, seqpacket => 5);
        my $domain = $family eq "inet" ? AF_INET : AF_UNIX;
        socket(my $s, $domain, $types{$type}, 0) or die "socket: $!\n";
        my $to = $family eq "inet" ? sockaddr_in($where, inet_aton("127.0.0.1"))
            : sockaddr_un($family eq "abstract" ? "\0$where" : $where);
        connect($s, $to) or die "connect: $!\n";
        syswrite($s, "word\n") or die "write: $!\n";
        print "sent\n"' "$@" 2>&1
}

# root NAME: an almost empty root below /oracle/roots, whose programs are to be bound.
root() {
    local root=/oracle/roots/$1 link
    mkdir -p "$root"/{usr,etc,oracle,proc,sys,dev,run,tmp,var/lib}
    for link in bin lib lib64 sbin; do
        ln -s "usr/$link" "$root/$link"
    done
}

# is UNIT…: how it is, without what only services have.
is() {
    local unit
    for unit; do
        echo "$unit: $(systemctl show -p ActiveState -p SubState -p Result "$unit" | sort |
            tr '\n' ' ')"
    done
}

# look PATH: what is mounted there, or why it cannot be seen; never for long.
look() {
    setsid -w timeout 20 stat -f -c %T "$1/." 2>&1 | sed 's/.*: /error: /; s/^/look: /'
}

# ask FAMILY WHERE COUNT: so many connections at once, a word on each; what came back, sorted.
ask() {
    perl -MSocket -e '
        my ($family, $where, $n) = @ARGV;
        $SIG{PIPE} = "IGNORE";
        my @all;
        for (1 .. $n) {
            my $domain = $family eq "inet" ? AF_INET : $family eq "inet6" ? AF_INET6 : AF_UNIX;
            socket(my $s, $domain, $family eq "packets" ? 5 : SOCK_STREAM, 0) or die "socket: $!\n";
            my $to = $family eq "inet" ? sockaddr_in($where, inet_aton("127.0.0.1"))
                : $family eq "inet6" ? pack_sockaddr_in6($where, Socket::inet_pton(AF_INET6, "::1"))
                : sockaddr_un($where);
            connect($s, $to) or do { print "not connected\n"; next };
            push @all, $s;
            select(undef, undef, undef, 0.05);
        }
        syswrite($_, "word\n") for @all;
        for my $s (@all) {
            my ($all, $part) = ("", "");
            $all .= $part while sysread($s, $part, 1000);
            print length $all ? $all : "closed\n";
        }' "$@" 2>&1 | sort
}

# hold WHERE: a connection that stays as long as the case.
hold() {
    perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0]));
        sleep 60' "$1" >/dev/null 2>&1 &
    sleep 0.5
}

# left NAME: how many instances are known when no more of them end.
left() {
    local i now
    for ((i = 0; i < 50; i++)); do
        now=$(systemctl list-units --all --no-legend --plain "$1@*" | wc -l)
        [[ $now -ne 0 ]] || break
        sleep 0.1
    done
    echo "left: $now"
}

# record ID: the login record whose name ends so, without times and numbers, when it is settled.
record() {
    local i now before=''
    for ((i = 0; i < 50; i++)); do
        now=$(utmpdump /run/utmp 2>/dev/null | grep -F "[${1: -4}]" |
            sed -E 's/\[[0-9]{5}\]/[pid]/; s/\] \[[^]]*\] *$//; s/ +/ /g' | cut -d']' -f1-5)
        [[ $now != "$before" || -z $now ]] || break
        before=$now
        sleep 0.1
    done
    echo "record: $now"
}

# share UNIT UNIT: which namespaces the main processes of two units have in common.
share() {
    local kind one two
    one=$(systemctl show -p MainPID --value "$1")
    two=$(systemctl show -p MainPID --value "$2")
    for kind in net ipc; do
        if [[ $(readlink "/proc/$one/ns/$kind") == $(readlink "/proc/$two/ns/$kind") ]]; then
            echo "share: $kind"
        fi
    done
}
