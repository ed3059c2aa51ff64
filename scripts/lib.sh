# shellcheck shell=bash
# What every script of the project shares: messages, the machine's checks, packages, the SDK, the
# cache. Sourced, never run. Callers have `set -euo pipefail`.
#
# Promises:
# 1. A script that cannot go on says in one line what is missing and what to do, and exits 2.
# 2. Nothing on the host is installed or changed but apt packages, asked for once on a terminal.
# 3. What was made as root for somebody who used sudo belongs to that person afterwards.

INITX_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
INITX_ARTIFACTS=$INITX_ROOT/artifacts
INITX_BIN=$INITX_ARTIFACTS/bin
INITX_MACHINE_ARCH=x86_64

# Under sudo the home directory may be root's: the cache belongs to whoever asked.
if [[ -n ${SUDO_USER:-} && $SUDO_USER != root && -z ${INITTX_CACHE:-} ]]; then
    INITTX_CACHE=$(getent passwd "$SUDO_USER" | cut -d: -f6)/.cache/inittx
fi
INITX_CACHE=${INITTX_CACHE:-${HOME:-/root}/.cache/inittx}
export INITX_ROOT INITX_ARTIFACTS INITX_BIN INITX_CACHE

# --- messages: all on standard error; standard output belongs to the CMD of `./run -- CMD` --------

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
    COLOUR_STEP=$'\e[1;34m' COLOUR_WARN=$'\e[1;33m' COLOUR_BAD=$'\e[1;31m' COLOUR_OFF=$'\e[0m'
else
    COLOUR_STEP='' COLOUR_WARN='' COLOUR_BAD='' COLOUR_OFF=''
fi
export COLOUR_STEP COLOUR_WARN COLOUR_BAD COLOUR_OFF

step() { printf '%s==>%s %s\n' "$COLOUR_STEP" "$COLOUR_OFF" "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
warn() { printf '%swarning:%s %s\n' "$COLOUR_WARN" "$COLOUR_OFF" "$*" >&2; }

# fail MESSAGE…: the work was done and its result is bad (exit 1).
fail() {
    printf '%serror:%s %s\n' "$COLOUR_BAD" "$COLOUR_OFF" "$*" >&2
    exit 1
}

# missing MESSAGE…: the work could not begin; the message names the one thing to do (exit 2).
missing() {
    printf '%smissing:%s %s\n' "$COLOUR_BAD" "$COLOUR_OFF" "$*" >&2
    exit 2
}

# --- the machine ----------------------------------------------------------------------------------

need_linux_x86_64() {
    local kernel machine
    kernel=$(uname -s) machine=$(uname -m)
    [[ $kernel == Linux ]] || missing "InitTx runs on Linux; this is $kernel."
    [[ $machine == "$INITX_MACHINE_ARCH" ]] ||
        missing "InitTx is built for $INITX_MACHINE_ARCH only; this machine is $machine."
}

is_root() { [[ $EUID -eq 0 ]]; }

# The terminal is asked only when a person can answer.
is_interactive() { [[ -t 0 && -t 2 && -z ${CI:-} ]]; }

# namespaces_refused: why no system can be booted here, and what would help; nothing when one can.
namespaces_refused() {
    local -a namespaces=(--mount --pid --fork --uts --ipc --net)
    if is_root; then
        unshare "${namespaces[@]}" true 2>/dev/null ||
            echo "the right to make namespaces (a container gets it with --privileged)"
    else
        unshare --user --map-root-user "${namespaces[@]}" true 2>/dev/null ||
            echo "user namespaces for plain users; run: sudo sysctl" \
                "user.max_user_namespaces=10000 (on Ubuntu also" \
                "kernel.apparmor_restrict_unprivileged_userns=0), or run this as root"
    fi
}

need_namespaces() {
    local refused
    refused=$(namespaces_refused)
    [[ -z $refused ]] || missing "$refused"
}

# give_back PATH…: files made under sudo go to the invoking user.
give_back() {
    if is_root && [[ -n ${SUDO_UID:-} && -n ${SUDO_GID:-} ]]; then
        local path
        for path in "$@"; do
            [[ ! -e $path ]] || chown -R --no-dereference "$SUDO_UID:$SUDO_GID" "$path"
        done
    fi
}

# --- packages -------------------------------------------------------------------------------------

# Each line: group, how to see that it is there (a command, or a path with a slash), Debian package.
INITX_PACKAGES='
build   gcc                                     gcc
build   /usr/include/stdlib.h                   libc6-dev
build   ld.lld                                  lld
build   objcopy                                 binutils
build   /usr/lib/x86_64-linux-gnu/libsqlite3.a  libsqlite3-dev
build   /usr/include/zlib.h                     zlib1g-dev
build   /etc/ssl/certs/ca-certificates.crt      ca-certificates
debian  debootstrap                             debootstrap
debian  /usr/share/keyrings/debian-archive-keyring.gpg  debian-archive-keyring
debian  curl                                    curl
debian  nsenter                                 util-linux
debian  newuidmap                               uidmap
vm      qemu-system-x86_64                      qemu-system-x86
vm      qemu-img                                qemu-utils
vm      cpio                                    cpio
vm      busybox                                 busybox-static
vm      kmod                                    kmod
vm      xz                                      xz-utils
style   shellcheck                              shellcheck
style   groff                                   groff-base
tests   strace                                  strace
tests   git                                     git
tests   busybox                                 busybox-static
tests   /usr/lib/x86_64-linux-gnu/libseccomp.so.2  libseccomp2
'

# missing_packages GROUP…: the packages of these groups that are not there, one a line.
missing_packages() {
    local wanted=" $* " group probe package
    while read -r group probe package; do
        [[ -n $group && $wanted == *" $group "* ]] || continue
        if [[ $probe == */* ]]; then
            [[ -e $probe ]] || echo "$package"
        else
            PATH=$PATH:/usr/sbin:/sbin command -v "$probe" >/dev/null || echo "$package"
        fi
    done <<<"$INITX_PACKAGES" | sort -u
}

# need_packages GROUP…: installs what is missing (root), or names the one line that does (exit 2).
need_packages() {
    local -a packages
    mapfile -t packages < <(missing_packages "$@")
    [[ ${#packages[@]} -gt 0 ]] || return 0
    local line="apt-get install -y --no-install-recommends ${packages[*]}"
    command -v apt-get >/dev/null ||
        missing "no apt-get here; install what Debian calls: ${packages[*]}"
    is_root || missing "${#packages[@]} packages; run: sudo $line"
    if is_interactive; then
        local answer
        read -r -p "Install with apt: ${packages[*]}? [Y/n] " answer
        [[ -z $answer || $answer == [Yy]* ]] || missing "packages; run: $line"
    fi
    step "Installing ${packages[*]}"
    apt_install "${packages[@]}" || missing "packages; apt failed (above), run: $line"
}

# apt_install PACKAGE…: tries the lists that are there first; stale or absent lists are fetched
# once.
apt_install() {
    local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    local log
    log=$(mktemp)
    if ! "${apt[@]}" install -y --no-install-recommends "$@" >"$log" 2>&1; then
        if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; } \
            >"$log" 2>&1; then
            tail -n 20 "$log" >&2
            rm -f "$log"
            return 1
        fi
    fi
    rm -f "$log"
}

# --- the SDK --------------------------------------------------------------------------------------

# need_sdk: the only prerequisite. Prepares the environment of every dotnet command of the project.
need_sdk() {
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
    # Build servers that outlive the command would hold files of the clone.
    export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
    if ! compgen -G '/usr/lib/*/libicuuc.so.*' >/dev/null &&
        ! compgen -G '/usr/lib/libicuuc.so.*' >/dev/null; then
        export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
    fi
    local where='see https://learn.microsoft.com/dotnet/core/install/linux'
    command -v dotnet >/dev/null || missing "the .NET 10 SDK (no dotnet in PATH); $where"
    local answer
    if ! answer=$(cd "$INITX_ROOT" && dotnet --version 2>&1 </dev/null); then
        local found
        found=$(dotnet --list-sdks 2>/dev/null | tr '\n' ' ')
        # A 10.0 that is there and does not start says why itself, such as an unwritable HOME.
        [[ $found != 10.0.* && $found != *' 10.0.'* ]] ||
            missing "a .NET SDK that starts; dotnet says: $(tr '\n' ' ' <<<"$answer" | cut -c1-300)"
        missing "the .NET 10 SDK (${found:-none }found); $where"
    fi
}

# --- the cache ------------------------------------------------------------------------------------

# cache_dir: makes the cache and prints its path. Entries are made aside and moved in place whole.
cache_dir() {
    mkdir -p "$INITX_CACHE" 2>/dev/null || true
    [[ -d $INITX_CACHE && -w $INITX_CACHE ]] ||
        missing "a writable cache: $INITX_CACHE is not; set INITTX_CACHE to another directory"
    if is_root && [[ -n ${SUDO_UID:-} ]]; then chown "$SUDO_UID:$SUDO_GID" "$INITX_CACHE"; fi
    printf '%s\n' "$INITX_CACHE"
}

# content_key TEXT…: twelve hex digits that change when the recipe does.
content_key() { printf '%s\0' "$@" | sha256sum | cut -c1-12; }
