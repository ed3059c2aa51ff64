# bash completion for initx(1); made by: initx completion bash
_initx_units() {
    initx --json list --all 2>/dev/null | sed -n 's/^{"unit":"\([^"]*\)".*/\1/p'
}

_initx() {
    local cur prev verb word options= want= i
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD-1]}
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --socket|--color) ((i++)) ;;
            -*) ;;
            *) verb=$word; break ;;
        esac
    done
    COMPREPLY=()
    case $prev in
        --socket|--root|--unit-path)
            COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
        --job-mode) COMPREPLY=($(compgen -W 'fail replace queue' -- "$cur")); return ;;
        --kill-whom) COMPREPLY=($(compgen -W 'main control all' -- "$cur")); return ;;
    esac
    local everyone='--socket --user --json --quiet --color --no-pager --version --help'
    if [[ -z $verb ]]; then
        COMPREPLY=($(compgen -W "$everyone start stop restart try-restart reload reload-or-restart isolate do reset-failed kill freeze thaw apply undo tx jobs status list show cat tree is-active is-failed is-enabled is-system-running list-unit-files list-sockets list-timers logs history why blame plot boots diff-boots stats plan lint enable disable mask unmask preset preset-all edit diff daemon-reload reexec poweroff reboot halt version completion help" -- "$cur"))
        return
    fi
    case $verb in
        start) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        stop) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        restart) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        try-restart) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        reload) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        reload-or-restart) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        isolate) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        do) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='units' ;;
        reset-failed) options='--reason' want='units' ;;
        kill) options='--signal --kill-whom --reason' want='units' ;;
        freeze) options='--no-block --timeout --reason' want='units' ;;
        thaw) options='--no-block --timeout --reason' want='units' ;;
        apply) options='--file --dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='' ;;
        undo) options='--force --dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='' ;;
        tx) options='--no-rollback --reason' want='wait cancel' ;;
        jobs) options='' want='' ;;
        status) options='--lines --full' want='units' ;;
        list) options='--state --type --failed --all --at --archive --no-legend' want='units' ;;
        show) options='--property --value --security --unit-path --root' want='units' ;;
        cat) options='--unit-path --root' want='units' ;;
        tree) options='--reverse --all --unit-path --root' want='units' ;;
        is-active) options='' want='units' ;;
        is-failed) options='' want='units' ;;
        is-enabled) options='--root' want='units' ;;
        is-system-running) options='' want='' ;;
        list-unit-files) options='--type --state --no-legend --root' want='units' ;;
        list-sockets) options='--all' want='units' ;;
        list-timers) options='--all --no-legend' want='units' ;;
        logs) options='--lines --follow --since --until --boot --pid --bare' want='units' ;;
        history) options='--since --until --boot --tx --uid --failed --refused --gaps --kind --limit --follow --reverse --sql --timeout --csv --archive' want='units' ;;
        why) options='--at --archive' want='units' ;;
        blame) options='--boot --shutdown --archive' want='' ;;
        plot) options='--boot --tx --output --text --archive' want='' ;;
        boots) options='--archive' want='' ;;
        diff-boots) options='--by --archive' want='' ;;
        stats) options='--days --archive' want='units' ;;
        plan) options='--no-rollback --no-check --timeout --settle --job-mode --force --unit-path --root' want='start stop restart try-restart reload reload-or-restart isolate' ;;
        lint) options='--all --unit-path --root' want='units' ;;
        enable) options='--now --force --root --runtime' want='units' ;;
        disable) options='--now --root --runtime' want='units' ;;
        mask) options='--now --force --root --runtime' want='units' ;;
        unmask) options='--root --runtime' want='units' ;;
        preset) options='--force --preset-mode --root --runtime' want='units' ;;
        preset-all) options='--force --preset-mode --root --runtime' want='' ;;
        edit) options='--stdin --force --root --runtime' want='units' ;;
        diff) options='--full --unit-path' want='units' ;;
        daemon-reload) options='--dry-run --plan-hash --no-rollback --no-check --no-block --timeout --settle --reason --job-mode' want='' ;;
        reexec) options='--image' want='' ;;
        poweroff) options='--no-block --reason' want='' ;;
        reboot) options='--no-block --reason' want='' ;;
        halt) options='--no-block --reason' want='' ;;
        version) options='' want='' ;;
        completion) options='' want='bash' ;;
        help) options='' want='start stop restart try-restart reload reload-or-restart isolate do reset-failed kill freeze thaw apply undo tx jobs status list show cat tree is-active is-failed is-enabled is-system-running list-unit-files list-sockets list-timers logs history why blame plot boots diff-boots stats plan lint enable disable mask unmask preset preset-all edit diff daemon-reload reexec poweroff reboot halt version completion help' ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options $everyone" -- "$cur"))
    elif [[ $want == units ]]; then
        COMPREPLY=($(compgen -W "$(_initx_units)" -- "$cur"))
    elif [[ -n $want ]]; then
        COMPREPLY=($(compgen -W "$want" -- "$cur"))
    fi
}
complete -F _initx initx
