# shellcheck shell=bash
# The test layers: what each one needs, how it runs, and what it reported. Sourced after lib.sh and
# build.sh.
#
# A layer is a test project (its TRX file is its word) or a program that ends with the closing line
# `N passed, N failed, N skipped`. Each leaves artifacts/test-results/LAYER/{log,result}; the result
# is one line: passed failed skipped seconds note…
# A layer that dies, hangs, or runs no test at all counts as one failure: silence is never green.

# name | kind | project | packages | seconds after which it is stopped | what it is
INITX_LAYERS='
style|trx|tests/style.tests|build style|300|dependency rules, tidiness, claims of the docs
units|trx|tests/units.tests|build|600|unit files: parsing, loading, graph
core|trx|tests/core.tests||600|transactions, jobs, lifecycles
planner|exe|tests/planner||1200|plans against the written rules, small graphs exhaustively
protocol|trx|tests/protocol.tests||600|control messages and framing
journal|trx|tests/journal.tests|build|600|journal store, recovery, views
cli|trx|tests/cli.tests|build|600|the command line
linux|trx|tests/linux.tests|build|600|system calls, shim, event loop
exec|trx|tests/exec.tests||600|the prepare helper and child set-up
sim|exe|tests/simulation||1500|whole boots under faults on simulated time
oracle|trx|tests/oracle|build debian|600|what systemd 252 itself makes of units, against ours
fuzz|exe|fuzz|build|600|corpora and short fuzz runs of every parser
ns|trx|tests/namespaces|build debian tests|1200|the real binary as PID 1 of namespaces
vm|trx|tests/vm|build vm|1200|the real binary as PID 1 of a real kernel (QEMU)
'
# Run on their own name only.
INITX_EXTRA_LAYERS='
crashes|trx|tests/namespaces|build debian tests|3500|crashes and re-execs of the ns layer alone
packages|trx|tests/namespaces|build debian tests|3500|services of Debian packages, one by one
fresh|exe|scripts/fresh|build debian tests|3500|a clean clone in a minimal Debian, root and user
coverage|exe|scripts/coverage|build|1500|branches of units/ that tests and corpora run
mutation|exe|tests/mutants|build|3500|small changes of parsers and the graph that tests notice
'
INITX_PLANNED_LAYERS=' faults '

INITX_RESULTS=$INITX_ARTIFACTS/test-results

extra_layer_names() { cut -d'|' -f1 <<<"$INITX_EXTRA_LAYERS" | sed '/^$/d' | paste -sd' '; }
layer_names() { cut -d'|' -f1 <<<"$INITX_LAYERS" | sed '/^$/d'; }

# layer_field NAME N: the N-th field of a layer's line; fails for a name that is none.
layer_field() {
    local line
    line=$(printf '%s%s' "$INITX_LAYERS" "$INITX_EXTRA_LAYERS" | grep "^$1|") || return 1
    cut -d'|' -f"$2" <<<"$line"
}

# check_layers NAME…: refuses what is unknown or not built yet, before anything is installed.
check_layers() {
    local name
    for name in "$@"; do
        [[ $INITX_PLANNED_LAYERS != *" $name "* ]] ||
            missing "the layer '$name' is not built yet (planned);" \
                "there are: $(layer_names | tr '\n' ' ')$(extra_layer_names)"
        layer_field "$name" 1 >/dev/null ||
            missing "no layer is called '$name';" \
                "there are: $(layer_names | tr '\n' ' ')$(extra_layer_names)"
    done
}

# prepare_layers NAME…: packages, binaries and test projects of these layers, built once.
prepare_layers() {
    local name groups='' projects=() binaries=no
    for name in "$@"; do
        groups+=" $(layer_field "$name" 4)"
        case $name in
            fresh | coverage | mutation) ;;
            ns | vm | crashes | packages | oracle)
                binaries=yes projects+=("$(layer_field "$name" 3)")
                ;;
            *) projects+=("$(layer_field "$name" 3)") ;;
        esac
    done
    need_sdk
    # shellcheck disable=SC2086
    need_packages $groups
    [[ $binaries == no ]] || build_binaries
    [[ ${#projects[@]} -gt 0 ]] || return 0
    step "Building the tests: $*"
    restore_packages
    local target
    if [[ ${#projects[@]} -gt 3 ]]; then
        build_tests "$INITX_ROOT/InitTx.sln"
    else
        for target in "${projects[@]}"; do build_tests "$INITX_ROOT/$target"; done
    fi
}

build_tests() {
    local log=$INITX_ARTIFACTS/build-tests.log
    mkdir -p "$INITX_ARTIFACTS"
    if ! dotnet build "$1" -c Release --no-restore -v quiet >"$log" 2>&1 </dev/null; then
        grep -E 'error|warn' "$log" | sort -u | cut -c1-300 | head -n 30 >&2 || true
        fail "the tests did not build (above; all of it in $log)"
    fi
}

# cannot_run NAME: why a layer cannot run on this machine; nothing when it can.
cannot_run() {
    case $1 in
        ns | crashes | packages | oracle)
            namespaces_refused
            ;;
    esac
}

# layer_command NAME: fills the array `command` with what runs the layer.
layer_command() {
    local name=$1 project
    project=$INITX_ROOT/$(layer_field "$name" 3)
    case $(layer_field "$name" 2) in
        trx)
            command=(dotnet test "$project" -c Release --no-build --nologo
                --results-directory "$INITX_RESULTS/$name" --logger 'trx;LogFileName=result.trx'
                --logger 'console;verbosity=minimal')
            # Its figures are printed while it runs.
            [[ $name != oracle ]] || command[-1]='console;verbosity=normal'
            [[ $name != crashes ]] || command+=(--filter 'FullyQualifiedName~CrashStorm')
            [[ $name != packages ]] || command+=(--filter 'FullyQualifiedName~PackageServices')
            ;;
        exe)
            case $name in
                fresh | coverage) command=("$project") ;;
                mutation) command=("$INITX_ROOT/scripts/mutation") ;;
                sim) command=(dotnet run --project "$project" -c Release --no-build --
                    run --boots "${INITX_SIM_BOOTS:-20000}") ;;
                planner) command=(dotnet run --project "$project" -c Release --no-build --) ;;
                fuzz)
                    command=(dotnet run --project "$project" -c Release --no-build --)
                    # A long run is worth following what the inputs reach.
                    [[ -z ${INITX_FUZZ_RUNS:-} ]] ||
                        command=("$INITX_ROOT/scripts/fuzz-guided")
                    ;;
            esac
            ;;
    esac
}

# run_layer NAME: runs it to the end, whatever that is, and writes its result file.
run_layer() {
    local name=$1 dir=$INITX_RESULTS/$1 started=$SECONDS status=0 reason limit
    local -a command
    rm -rf "$dir"
    mkdir -p "$dir"
    reason=$(cannot_run "$name")
    if [[ -n $reason ]]; then
        echo "0 0 1 0 $reason" >"$dir/result"
        return 0
    fi
    limit=${INITX_LAYER_SECONDS:-$(layer_field "$name" 5)}
    layer_command "$name"
    timeout --kill-after=20 "$limit" "${command[@]}" >"$dir/log" 2>&1 </dev/null || status=$?
    # What the tests themselves printed is in the TRX file only, with each test and once in all.
    [[ ! -e $dir/result.trx ]] ||
        sed -n 's/<[^>]*>//g; s/^ *\(figure: .*\)$/\1/p' "$dir/result.trx" |
        awk '!seen[$0]++' >>"$dir/log"
    layer_result "$name" "$status" $((SECONDS - started)) >"$dir/result"
}

# layer_result NAME STATUS SECONDS: reads the TRX or the closing line; prints the result line.
layer_result() {
    local name=$1 status=$2 seconds=$3 passed=0 failed=0 skipped=0 note='' line=''
    if [[ $(layer_field "$name" 2) == trx ]]; then
        line=$(grep -o '<Counters [^>]*' "$INITX_RESULTS/$name/result.trx" 2>/dev/null) || true
        if [[ -n $line ]]; then
            local total executed
            total=$(attribute total "$line") executed=$(attribute executed "$line")
            passed=$(attribute passed "$line")
            failed=$((executed - passed)) skipped=$((total - executed))
        fi
    else
        line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' \
            "$INITX_RESULTS/$name/log" | tail -n 1) || true
        [[ -z $line ]] || read -r passed _ failed _ skipped _ <<<"${line//,/}"
    fi
    if [[ $status == 124 || $status == 137 ]]; then
        failed=$((failed + 1)) note="stopped after $seconds s"
    elif [[ -z $line ]]; then
        failed=$((failed + 1)) note="ended without a result (status $status)"
    elif ((passed + failed + skipped == 0)); then
        failed=1 note="ran no test"
    elif ((status != 0 && failed == 0)); then
        failed=1 note="all tests passed but the run failed (status $status)"
    fi
    echo "$passed $failed $skipped $seconds $note"
}

attribute() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$2"; }

# show_layer NAME: one line for a good result, the end of the log for a bad one.
# show_failures LOG: how each failed test begins (its evidence may be hundreds of lines), the end.
show_failures() {
    {
        awk '/^ *Failed [^ ]+ \[/ { left = 15 } left-- > 0' "$1" | head -n 90
        echo ...
        tail -n 60 "$1"
    } | sed 's/^/    /'
}

show_layer() {
    local passed failed skipped seconds note
    read -r passed failed skipped seconds note <"$INITX_RESULTS/$1/result"
    if ((failed > 0)); then
        printf '%s%-9s FAILED%s %s of %s; log: %s\n' "$COLOUR_BAD" "$1" "$COLOUR_OFF" \
            "$failed" $((passed + failed)) "$INITX_RESULTS/$1/log" >&2
        [[ ! -e $INITX_RESULTS/$1/log ]] || show_failures "$INITX_RESULTS/$1/log" >&2
        note "again: ./test $1   seed: INITX_SEED=$INITX_SEED ./test $1"
    else
        printf '%-9s ok     %s passed%s, %s s\n' "$1" "$passed" \
            "$( ((skipped == 0)) || echo ", $skipped skipped${note:+ ($note)}")" "$seconds" >&2
        [[ ! -e $INITX_RESULTS/$1/log ]] ||
            sed -n 's/^ *figure: /          /p' "$INITX_RESULTS/$1/log" >&2
    fi
}
