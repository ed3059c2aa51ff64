# shellcheck shell=bash
# What ./run shows: the main job, as a newcomer would try it. Sourced after system.sh.
#
# Each step prints the command that it runs inside the booted system, what came of it, and whether
# that is what InitTx promises; a promise that was not kept makes ./run fail.

STORY_BROKEN=0
SHOWN=0

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    COLOUR_TITLE=$'\e[1m' COLOUR_GOOD=$'\e[1;32m' COLOUR_WRONG=$'\e[1;31m' COLOUR_END=$'\e[0m'
else
    COLOUR_TITLE='' COLOUR_GOOD='' COLOUR_WRONG='' COLOUR_END=''
fi

title() { printf '\n%s── %s%s\n' "$COLOUR_TITLE" "$*" "$COLOUR_END"; }

# shown LINE: runs a shell line inside and prints it with its output; its status goes to SHOWN.
shown() {
    SHOWN=0
    printf '%s# %s%s\n' "$COLOUR_TITLE" "$1" "$COLOUR_END"
    system_exec /bin/bash -c "$1" 2>&1 | sed 's/^/  /' || SHOWN=$?
}

promise() {
    local what=$1
    shift
    if "$@"; then
        printf '  %s✓%s %s\n' "$COLOUR_GOOD" "$COLOUR_END" "$what"
    else
        printf '  %s✗ not kept:%s %s\n' "$COLOUR_WRONG" "$COLOUR_END" "$what"
        STORY_BROKEN=1
    fi
}

main_pid() { system_exec initx show -p MainPID --value "$1" 2>/dev/null | tr -d '\n'; }

# All services that have a process, one "UNIT PID" a line.
service_pids() {
    system_exec initx list --type=service --json |
        sed -n 's/.*"unit":"\([^"]*\)".*"mainPid":\([1-9][0-9]*\).*/\1 \2/p' | sort
}

# eventually SECONDS CMD…: the manager acts in its own time.
eventually() {
    local limit=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < limit)) || return 1
        sleep 0.1
    done
}

says() { system_exec /bin/bash -c "$1" 2>/dev/null | grep -q -e "$2"; }

run_story() {
    title "The boot: one transaction, planned and carried out as a whole"
    shown "initx tx 1 | sed -n '1,5p; /^UNIT/,\$p' | head -n 24; echo …"
    echo "  (failed: what this place does not let be mounted)"
    shown 'initx status'
    promise "the system is running, no unit failed" test "$(system_state)" = running

    title "The services, from Debian's own unit files and ours"
    shown 'initx list --type=service'

    title "They really serve"
    shown 'curl -sI http://localhost/ | head -n 2'
    promise "nginx answers" says 'curl -sI http://localhost/' '^HTTP/1.1 200'
    # shellcheck disable=SC2016
    shown 'exec 3<>/dev/tcp/127.0.0.1/22; read -r -t 5 line <&3; echo "$line"'
    # shellcheck disable=SC2016
    promise "sshd greets" \
        says 'exec 3<>/dev/tcp/127.0.0.1/22; read -r -t 5 line <&3; echo "$line"' '^SSH-2.0-'
    promise "cron ran its line" eventually 20 system_exec test -s /run/cron-was-here
    shown 'cat /run/cron-was-here'

    local ask='dbus-send --system --print-reply --dest=org.freedesktop.DBus /'
    shown "$ask org.freedesktop.DBus.GetId"
    promise "the message bus answers" says "$ask org.freedesktop.DBus.GetId" 'string "[0-9a-f]'
    shown 'logger -t visitor "a line for the log" && sleep 0.2 && tail -n 1 /var/log/syslog'
    promise "rsyslog writes it down" eventually 10 \
        system_exec grep -q 'visitor: a line for the log' /var/log/syslog
    shown "runuser -u postgres -- psql -Atc 'select version()'"
    promise "postgresql answers a query" \
        says "runuser -u postgres -- psql -Atc 'select 6 * 7'" '^42$'
    # All of its sandbox is on: redis-server's own unit asks for 24 restrictions.
    shown 'redis-cli incr visits; redis-cli info server | grep ^redis_version'
    promise "redis answers, in the sandbox its unit asks for" says 'redis-cli ping' '^PONG'

    title "A service is killed"
    local before after
    before=$(main_pid cron.service)
    shown "kill -9 $before"
    promise "cron has a new process" eventually 20 is_replaced cron.service "$before"
    shown 'initx history cron.service --limit=8'

    title "PID 1 is killed"
    before=$(service_pids)
    shown 'kill -SEGV 1; sleep 1; initx status'
    promise "PID 1 answers again" eventually 20 system_settled
    after=$(service_pids)
    promise "every one of $(wc -l <<<"$before") services is still the same process" \
        test "$before" = "$after"

    title "A start that fails"
    shown 'initx plan start shop.service'
    shown 'initx start shop.service'
    promise "the start failed, and its status says so" test "$SHOWN" = 1
    shown 'initx why shop.service'
    promise "and traced to its cause" says 'initx why shop.service' 'shop-database'

    title "All of it is on record"
    shown 'initx history --limit=25'

    title "Power off"
    promise "PID 1 stopped everything and powered off" system_power_off
    ((STORY_BROKEN == 0)) || fail "a promise was not kept (above)"
    title "Nothing is left behind. Next: ./run --shell, ./test, docs/architecture.md"
}

is_replaced() {
    local now
    now=$(main_pid "$1")
    [[ -n $now && $now != 0 && $now != "$2" ]]
}
