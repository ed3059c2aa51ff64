# shellcheck shell=sh
# What the checks of a guest have in common; sourced by /check/script inside the machine.
exec </dev/null >/dev/console 2>&1

say() { echo "CHECK $*"; }

# keepers: unit and process of each service that must outlive everything.
keepers() {
    for number in 1 2 3 4 5; do
        echo "$number $(cat /run/keeper-$number)"
    done
}

# manager_answers: waits until PID 1 serves requests again; the machine is slow, the wait is long.
manager_answers() {
    waited=0
    until initx is-active multi-user.target >/dev/null 2>&1; do
        waited=$((waited + 1))
        if [ "$waited" -gt 120 ]; then
            say "the manager does not answer"
            return 1
        fi
        sleep 0.5
    done
}

# unharmed: PID 1 answers, it is still process 1, and each keeper is the process it was.
unharmed() {
    manager_answers || return 1
    for number in 1 2 3 4 5; do
        if ! kill -0 "$(cat /run/keeper-$number)"; then
            say "keeper $number is gone"
            return 1
        fi
    done
    [ "$(wc -l </run/keeper-starts)" = 5 ] || {
        say "a keeper was started twice"
        return 1
    }
}
