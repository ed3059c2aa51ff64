# shellcheck shell=bash
# The larger tiers: `./test nightly` and `./test release`. Sourced by ./test after layers.sh.
#
# A campaign is a list of pieces, each under an hour. A finished piece is kept under
# artifacts/campaigns/TIER-COMMIT; the same command at the same commit goes on where it was stopped.
# The seed of a campaign is drawn once and kept with it: piece N runs with seed + N.

# tier | layer | pieces | environment of each piece | seconds after which a piece is stopped, where
# the layer's own limit is too short
INITX_TIERS='
nightly|crashes|1|INITX_TEST_CRASHES=1000 INITX_TEST_REEXECS=1000|3500
nightly|packages|1|INITX_PACKAGES=all|3500
nightly|sim|10|INITX_SIM_BOOTS=10000
nightly|planner|16|INITX_PLANNER=nightly|3500
nightly|fuzz|34|INITX_FUZZ_RUNS=2000000|3500
nightly|coverage|1|
nightly|mutation|1|
nightly|units|1|INITX_TEST_CASES=10000
nightly|core|1|INITX_TEST_CASES=10000
nightly|journal|1|INITX_TEST_CASES=2000
nightly|oracle|1|INITX_ORACLE=nightly|3500
nightly|ns|1|
nightly|vm|1|
release|crashes|10|INITX_TEST_CRASHES=1000 INITX_TEST_REEXECS=1000|3500
release|packages|1|INITX_PACKAGES=all|3500
release|sim|50|INITX_SIM_BOOTS=20000
release|planner|16|INITX_PLANNER=nightly|3500
release|fuzz|102|INITX_FUZZ_RUNS=3000000|3500
release|units|1|INITX_TEST_CASES=100000
release|core|1|INITX_TEST_CASES=100000
release|journal|1|INITX_TEST_CASES=20000
release|oracle|1|INITX_ORACLE=nightly|3500
release|ns|3|
release|vm|3|
'

tier_layers() { awk -F'|' -v tier="$1" '$1 == tier { print $2 }' <<<"$INITX_TIERS"; }

# tier_field TIER LAYER N
tier_field() { awk -F'|' -v t="$1" -v l="$2" -v n="$3" '$1 == t && $2 == l { print $n }' \
    <<<"$INITX_TIERS"; }

# run_tier TIER [LAYER…]
run_tier() {
    local tier=$1
    shift
    local -a chosen=("$@")
    [[ ${#chosen[@]} -gt 0 ]] || mapfile -t chosen < <(tier_layers "$tier")
    check_layers "${chosen[@]}"
    local layer
    for layer in "${chosen[@]}"; do
        [[ -n $(tier_field "$tier" "$layer" 3) ]] ||
            missing "the $tier tier has no layer '$layer';" \
                "it has: $(tier_layers "$tier" | tr '\n' ' ')"
    done
    need_linux_x86_64
    prepare_layers "${chosen[@]}"

    local commit campaign
    commit=$(campaign_commit)
    campaign=$INITX_ARTIFACTS/campaigns/$tier-$commit
    mkdir -p "$campaign"
    [[ -e $campaign/seed ]] || echo "${INITX_SEED:-$(date -u +%Y%m%d)}" >"$campaign/seed"
    local base number pieces failed=0
    base=$(<"$campaign/seed")
    step "$tier: ${chosen[*]} at $commit, seed $base; finished pieces are kept in $campaign"

    for layer in "${chosen[@]}"; do
        pieces=$(tier_field "$tier" "$layer" 3)
        for ((number = 0; number < pieces; number++)); do
            run_piece "$tier" "$layer" "$number" "$campaign" $((base + number)) || failed=1
        done
    done
    campaign_report "$tier" "$commit" "$campaign" "$base" "${chosen[@]}"
    return "$failed"
}

campaign_commit() {
    local commit
    commit=$(git -C "$INITX_ROOT" rev-parse --short=12 HEAD 2>/dev/null) || commit=unversioned
    # Uncommitted changes make a campaign of their own: its pieces must not vouch for the commit.
    [[ -z $(git -C "$INITX_ROOT" status --porcelain -- . ':!docs/reports' 2>/dev/null) ]] ||
        commit+=-changed-$(sources_key | cut -c1-8)
    echo "$commit"
}

# run_piece TIER LAYER NUMBER CAMPAIGN SEED
run_piece() {
    local tier=$1 layer=$2 number=$3 campaign=$4 seed=$5 kept passed failed skipped rest
    kept=$campaign/$layer-$number.result
    if [[ -e $kept ]]; then
        note "$layer piece $((number + 1)): kept from before"
    else
        rm -f "$campaign/$layer-$number.failed"
        (
            local setting seconds pieces
            setting=$(tier_field "$tier" "$layer" 4)
            # shellcheck disable=SC2086
            [[ -z $setting ]] || export ${setting?}
            pieces=$(tier_field "$tier" "$layer" 3)
            seconds=$(tier_field "$tier" "$layer" 5)
            [[ -z $seconds ]] || export INITX_LAYER_SECONDS=$seconds
            export INITX_SEED=$seed INITX_PIECE=$number/$pieces
            run_layer "$layer"
            show_layer "$layer"
        )
        cp "$INITX_RESULTS/$layer/log" "$campaign/$layer-$number.log" 2>/dev/null || true
        mv "$INITX_RESULTS/$layer/result" "$kept"
    fi
    read -r passed failed skipped rest <"$kept"
    # A failed piece is run again by the next command: it is the one to look at.
    if ((failed > 0)); then
        mv "$kept" "$campaign/$layer-$number.failed"
        return 1
    fi
}

# campaign_report TIER COMMIT CAMPAIGN SEED LAYER…: docs/reports/, and the closing line.
campaign_report() {
    local tier=$1 commit=$2 campaign=$3 base=$4
    shift 4
    local report layer file number passed failed skipped seconds remark
    local all_passed=0 all_failed=0 all_skipped=0
    report=$INITX_ROOT/docs/reports/$(date -u +%Y-%m-%d)-$tier-$(tr ' ' '-' <<<"$*").md
    mkdir -p "$(dirname "$report")"
    {
        echo "# $tier: $*"
        echo
        echo "- commit $commit, seed $base (piece N: seed + N)"
        echo "- $(date -u +%Y-%m-%dT%H:%MZ) on $(uname -sr), $(nproc) cores," \
            "$(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)," \
            "$(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
        echo "- again: \`INITX_SEED=$base ./test $tier $*\`"
        echo
        echo '| layer | piece | passed | failed | skipped | seconds | |'
        echo '|---|---|---|---|---|---|---|'
        for layer in "$@"; do
            for file in "$campaign/$layer"-*.result "$campaign/$layer"-*.failed; do
                [[ -e $file ]] || continue
                number=${file##*-} number=${number%.*}
                read -r passed failed skipped seconds remark <"$file"
                echo "| $layer | $number | $passed | $failed | $skipped | $seconds | $remark |"
                all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
                all_skipped=$((all_skipped + skipped))
            done
        done
        echo
        for layer in "$@"; do
            for file in "$campaign/$layer"-*.log; do
                # Figures a layer wants in the report are lines that begin with `figure: `.
                # A test's own output is in its log twice, as it is printed and with its result.
                [[ ! -e $file ]] || sed -n 's/^ *figure: /- /p' "$file" | awk '!seen[$0]++'
            done
        done
    } >"$report.new"
    # The sums above were made in this shell: a brace group is no subshell.
    mv "$report.new" "$report"
    give_back "$INITX_ROOT/docs/reports" "$INITX_ARTIFACTS"
    note "report: ${report#"$INITX_ROOT"/}"
    echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
}
