# shellcheck shell=bash
# A Debian system booted by InitTx in fresh namespaces, for ./run. Sourced after lib.sh and
# build.sh.
#
# system_boot … system_exec CMD … system_power_off; `system_abandon` in the caller's EXIT trap takes
# down whatever is still there. One system at a time in one shell.

SYSTEM_DIR='' SYSTEM_LAUNCHER=''

# system_layer DIR: binaries, example units and their enablement, laid over the Debian root.
system_layer() {
    local layer=$1 unit name target
    mkdir -p "$layer"/usr/lib/initx/system "$layer"/usr/bin "$layer"/etc/initx/system \
        "$layer"/etc/cron.d "$layer"/usr/local/bin
    install -m 755 "$INITX_BIN/initxd" "$INITX_BIN/initx-exec" "$INITX_BIN/initx-archive" \
        "$layer/usr/lib/initx/"
    install -m 755 "$INITX_BIN/initx" "$layer/usr/bin/"
    install -m 755 "$INITX_ROOT/scripts/demo/scenarios" "$layer/usr/local/bin/"
    for unit in "$INITX_ROOT"/docs/examples/*.{service,socket,target} \
        "$INITX_ROOT"/scripts/demo/*.service; do
        [[ -e $unit ]] || continue
        name=${unit##*/}
        install -m 644 "$unit" "$layer/usr/lib/initx/system/"
        # What `enable` would do: a link for each WantedBy=.
        while IFS= read -r target; do
            mkdir -p "$layer/etc/initx/system/$target.wants"
            ln -s "/usr/lib/initx/system/$name" "$layer/etc/initx/system/$target.wants/$name"
        done < <(sed -n 's/^WantedBy=//p' "$unit" | tr -s ' ' '\n')
    done
    while read -r name _; do
        [[ -z $name || $name == "#" ]] || ln -s /dev/null "$layer/usr/lib/initx/system/$name"
    done <"$INITX_ROOT/scripts/replaced-units.txt"
    cp -r "$INITX_ROOT/scripts/debian-units/." "$layer/usr/lib/initx/system/"
    # In a user namespace the kernel lets nobody mount another /proc beside one whose parts are
    # read-only, and a sandbox that cannot be had keeps its service from starting.
    if ! is_root; then
        mkdir -p "$layer/etc/initx/system/redis-server.service.d"
        printf '[Service]\nProtectProc=default\n' \
            >"$layer/etc/initx/system/redis-server.service.d/user-namespace.conf"
    fi
    # @reboot runs when cron starts: proof that cron works without waiting for a minute to pass.
    printf '@reboot root date >/run/cron-was-here\n' >"$layer/etc/cron.d/demonstration"
    # The directory of the layer itself becomes the system's root directory.
    chmod 755 "$layer"
}

# system_boot: returns once the boot transaction has ended, well or not. --crash-tests lets root in
# there make PID 1 crash on purpose, as the scenarios do.
system_boot() {
    local root state
    need_packages debian
    root=$("$INITX_ROOT/scripts/debian-root")
    SYSTEM_DIR=$(mktemp -d "${TMPDIR:-/tmp}/inittx-run.XXXXXX")
    system_layer "$SYSTEM_DIR/layer"
    step "Booting initxd as PID 1 of fresh namespaces"
    "$INITX_ROOT/scripts/ns-boot" --layer="$SYSTEM_DIR/layer" --console="$SYSTEM_DIR/console" \
        --info="$SYSTEM_DIR/info" "$root" -- /usr/lib/initx/initxd --crash-tests &
    SYSTEM_LAUNCHER=$!
    system_await "PID 1 to start" 30 test -s "$SYSTEM_DIR/info"
    system_await "the boot transaction to end" 120 system_settled
    state=$(system_state)
    note "the system is $state"
}

system_state() {
    system_exec initx status --json 2>/dev/null | grep -o '"state": *"[a-z]*"' | head -n 1 |
        cut -d'"' -f4 || true
}

system_settled() { [[ $(system_state) =~ ^(running|degraded|maintenance)$ ]]; }

# system_await WHAT SECONDS CMD…: asks until CMD says yes; a system that ended in between is an
# error.
system_await() {
    local what=$1 limit=$((SECONDS + $2))
    shift 2
    until "$@"; do
        if ! kill -0 "$SYSTEM_LAUNCHER" 2>/dev/null; then
            tail -n 30 "$SYSTEM_DIR/console" >&2 || true
            fail "the system ended while waiting for $what; above is the end of its console"
        fi
        if ((SECONDS >= limit)); then
            tail -n 30 "$SYSTEM_DIR/console" >&2 || true
            fail "gave up waiting for $what; above is the end of the system's console"
        fi
        sleep 0.1
    done
}

system_exec() { "$INITX_ROOT/scripts/ns-exec" "$SYSTEM_DIR/info" "$@"; }

# system_power_off: asks politely, waits, and says whether it was the end that was asked for.
system_power_off() {
    local status=0
    # The client is killed with everything else: how PID 1 ended is what counts.
    system_exec initx poweroff >"$SYSTEM_DIR/poweroff" 2>&1 || true
    local limit=$((SECONDS + 100))
    while kill -0 "$SYSTEM_LAUNCHER" 2>/dev/null && ((SECONDS < limit)); do sleep 0.1; done
    if kill -0 "$SYSTEM_LAUNCHER" 2>/dev/null; then
        warn "the system did not power off within 100 s"
        return 1
    fi
    wait "$SYSTEM_LAUNCHER" || status=$?
    SYSTEM_LAUNCHER=''
    # 130: ns-boot's status for power-off.
    if ((status != 130)); then
        tail -n 30 "$SYSTEM_DIR/console" >&2 || true
        warn "PID 1 ended with status $status instead of a power-off"
        return 1
    fi
}

system_abandon() {
    if [[ -n $SYSTEM_LAUNCHER ]] && kill -TERM "$SYSTEM_LAUNCHER" 2>/dev/null; then
        wait "$SYSTEM_LAUNCHER" 2>/dev/null || true
    fi
    [[ -z $SYSTEM_DIR ]] || rm -rf "$SYSTEM_DIR"
    SYSTEM_LAUNCHER='' SYSTEM_DIR=''
}
