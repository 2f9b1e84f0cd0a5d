#!/usr/bin/env bash
# Checks the fleet's units and scripts of this home, without touching any running fleet.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: test-fleet-units.sh

Checks the two units with systemd-analyze, then plays one agent's life on a tmux server of
its own, in a temporary directory. Needs tmux, systemd-analyze and mosaic, and no user manager.

Exit status: 0 all checks passed, 1 a check failed, 2 bad usage.

Example: ~/.config/mosaic/systemd/user/test-fleet-units.sh
HELP
}

units=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
home=${units%/systemd/user}
holder_unit=$units/mosaic-tmux-holder.service
agent_unit=$units/mosaic-agent@.service
holder=$home/tools/fleet/tmux-holder.sh
starter=$home/tools/fleet/start-agent-session.sh
sender=$home/tools/tmux/send-message.sh
failures=0

main() {
    case ${1-} in
        -h | --help) usage; exit 0 ;;
        "") ;;
        *) usage >&2; exit 2 ;;
    esac
    scratch=$(mktemp -d /tmp/mosaic-units.XXXXXX)
    trap clean_up EXIT
    check_texts
    check_scripts
    check_with_systemd
    check_on_tmux
    [[ $failures -eq 0 ]] || { printf '%s checks failed\n' "$failures"; exit 1; }
    echo "all checks passed"
}

clean_up() {
    fleet kill-server 2>/dev/null || true
    rm -rf -- "$scratch"
}

# check WHAT COMMAND...: runs the command, reports in one line.
check() {
    local what=$1
    shift
    if "$@" >"$scratch/said" 2>&1; then
        printf 'ok      %s\n' "$what"
    else
        printf 'FAILED  %s\n' "$what"
        sed 's/^/        /' "$scratch/said"
        failures=$((failures + 1))
    fi
}

name_their_home() {
    grep -q '^X-Mosaic-Home=.' "$holder_unit" && grep -q '^X-Mosaic-Home=.' "$agent_unit"
}

lacks() { ! grep -Eq -- "$1" "$2"; }

check_texts() {
    check "holder: its process is the server" grep -qx Type=exec "$holder_unit"
    check "holder: ready only when its socket answers" \
        grep -Eq '^ExecStartPost=.*tmux-holder\.sh" ready$' "$holder_unit"
    check "holder: outlives an agent that runs out of memory" \
        grep -qx OOMPolicy=continue "$holder_unit"
    check "agent: needs the holder" grep -qx Requires=mosaic-tmux-holder.service "$agent_unit"
    check "agent: starts after it" grep -qx After=mosaic-tmux-holder.service "$agent_unit"
    check "agent: no socket of its own" lacks '^Environment=.*MOSAIC_TMUX_SOCKET' "$agent_unit"
    check "stopping an agent ends no server" lacks 'kill-server' "$agent_unit"
    check "units name their home" \
        name_their_home
}

check_scripts() {
    local script
    for script in "$holder" "$starter" "$sender" "$home/tools/tmux/agent-send.sh"; do
        check "executable: ${script#"$home/"}" test -x "$script"
        check "parses: ${script#"$home/"}" bash -n "$script"
    done
}

# The shipped units name the default home; a temporary HOME makes this one the default.
check_with_systemd() {
    mkdir -p "$scratch/home/.config" "$scratch/units"
    ln -s "$home" "$scratch/home/.config/mosaic"
    cp "$holder_unit" "$scratch/units/"
    cp "$agent_unit" "$scratch/units/mosaic-agent@.service"
    check "systemd accepts the units" verified
}

# systemd warns about a setting that it does not know, and exits 0.
verified() {
    local said
    said=$(HOME=$scratch/home XDG_RUNTIME_DIR=$scratch SYSTEMD_LOG_LEVEL=warning systemd-analyze --user --man=no verify \
        "$scratch/units/mosaic-tmux-holder.service" "$scratch/units/mosaic-agent@.service" 2>&1) \
        || { printf '%s\n' "$said"; return 1; }
    said=$(grep -F mosaic- <<<"$said") || return 0
    printf '%s\n' "$said"
    return 1
}

fleet() { TMUX_TMPDIR=$scratch tmux -N -L mosaic-check "$@"; }

play() {
    env -u TMUX TMUX_TMPDIR="$scratch" MOSAIC_TMUX_SOCKET=mosaic-check MOSAIC_AGENT_NAME=check0 \
        MOSAIC_AGENT_WORKDIR="$scratch" MOSAIC_AGENT_COMMAND='cat > heard' "$@"
}

check_on_tmux() {
    check "an agent does not start a server" refuses play "$starter" check0
    play "$holder" run </dev/null >/dev/null 2>&1 &
    check "holder gets ready" play "$holder" ready
    check "agent starts" play "$starter" check0
    check "a second start keeps the session" play "$starter" check0
    check "its session is there" fleet has-session -t '=check0'
    check "a message is typed" play "$sender" -L mosaic-check -t =check0 -m 'hello;'
    check "and arrives, signed" arrives '\] hello;$'
    check "a prefix of its name is refused" refuses play "$sender" -L mosaic-check -t check -m no
    check "agent stops" play "$starter" --stop check0
    check "its session is gone" refuses fleet has-session -t '=check0'
    check "the holder session is left" fleet has-session -t '=_holder'
}

refuses() { ! "$@"; }

arrives() {
    for _ in {1..50}; do
        ! grep -q -- "$1" "$scratch/heard" 2>/dev/null || return 0
        sleep 0.1
    done
    return 1
}

main "$@"
