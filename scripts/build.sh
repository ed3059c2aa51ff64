# shellcheck shell=bash
# Builds the release binaries into artifacts/bin, and only when their sources changed. Sourced after
# lib.sh.

# What the binaries are made from; anything else may change without a new publish.
INITX_SOURCES=(units engine journal cli Directory.Build.props Directory.Build.targets
    Directory.Packages.props global.json)
INITX_PROGRAMS=(engine/init/InitTx.Init.csproj:initxd engine/exec/InitTx.Exec.csproj:initx-exec
    cli/InitTx.Cli.csproj:initx journal/archive/InitTx.Archive.csproj:initx-archive)

# sources_key: a digest of names and contents of the sources as they lie on disk, committed or not.
sources_key() {
    cd "$INITX_ROOT" || exit
    find "${INITX_SOURCES[@]}" \( -name bin -o -name obj \) -prune -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32
}

# restore_packages: the versions of the lock files or nothing.
restore_packages() {
    dotnet restore "$INITX_ROOT/InitTx.sln" --locked-mode -v quiet >&2 </dev/null ||
        fail "restore failed (above): no network to the package feed, or a lock file is stale"
}

# build_binaries: artifacts/bin holds initxd, initx, initx-exec and initx-archive of exactly these
# sources.
build_binaries() {
    local key stamp=$INITX_ARTIFACTS/bin.key log=$INITX_ARTIFACTS/build.log
    need_sdk
    need_packages build
    mkdir -p "$INITX_BIN"
    exec 8>"$INITX_ARTIFACTS/.build.lock"
    flock 8
    key=$(sources_key)
    if [[ -e $stamp && $(<"$stamp") == "$key" ]]; then
        exec 8>&-
        return 0
    fi
    step "Building the release binaries (ahead-of-time compiled; one to three minutes; log: $log)"
    local started=$SECONDS entry project name out
    restore_packages
    : >"$log"
    for entry in "${INITX_PROGRAMS[@]}"; do
        project=${entry%%:*} name=${entry##*:} out=$INITX_ARTIFACTS/publish/${entry##*:}
        rm -rf "$out"
        if ! dotnet publish "$INITX_ROOT/$project" -c Release --no-restore -o "$out" -v minimal \
            >>"$log" 2>&1 </dev/null 8>&-; then
            grep -E 'error|warn' "$log" | sort -u | cut -c1-300 | head -n 30 >&2 || true
            fail "$name did not build (above; all of it in $log)"
        fi
        install -m 755 "$out/$name" "$INITX_BIN/.$name.new"
        mv "$INITX_BIN/.$name.new" "$INITX_BIN/$name"
    done
    printf '%s\n' "$key" >"$stamp"
    exec 8>&-
    note "built in $((SECONDS - started)) s:" \
        "$(cd "$INITX_BIN" && stat -c '%n %s' -- * | awk '{printf "%s %.1f MB  ", $1, $2/1e6}')"
    give_back "$INITX_ARTIFACTS"
}
