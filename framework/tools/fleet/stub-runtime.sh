#!/usr/bin/env bash
# Stands in for an agent runtime in demos and tests: echoes what it is told, and answers heartbeats.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: stub-runtime.sh [--interval SECONDS]

Echoes every line that is typed, as "echo: LINE", and writes the agent's heartbeat at the
start, after every line and every SECONDS (default 15), until its input ends. Costs nothing
and calls nobody. In fleet/agents/NAME.env:

  MOSAIC_AGENT_COMMAND=~/.config/mosaic/tools/fleet/stub-runtime.sh

Environment:
  MOSAIC_AGENT_NAME   the agent whose heartbeat it writes
  MOSAIC_RUN_DIR      where heartbeats go (default: fleet/run of the home that the script is in)

Exit status: 0 its input ended, 1 the heartbeat cannot be written, 2 bad usage.

Example: MOSAIC_AGENT_NAME=coder0 stub-runtime.sh --interval 5
HELP
}

fail() {
    printf 'stub-runtime: %s\n' "$2" >&2
    exit "$1"
}

main() {
    interval=15
    case ${1-} in
        -h | --help) usage; exit 0 ;;
        --interval) interval=${2-}; shift 2 || { usage >&2; exit 2; } ;;
    esac
    [[ $# -eq 0 && $interval =~ ^[1-9][0-9]{0,5}$ ]] || { usage >&2; exit 2; }
    name=${MOSAIC_AGENT_NAME-}
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] \
        || fail 2 "MOSAIC_AGENT_NAME='$name' is no agent name: whose heartbeat is it?"
    folder=${MOSAIC_RUN_DIR:-$(dirname -- "$(realpath -- "$0")")/../../fleet/run}
    # Its own path: an uninstall takes this script's folder away while it runs.
    run=$(cd -- "$folder" 2>/dev/null && pwd -P) || fail 1 "there is no folder for heartbeats: $folder"
    listen
}

listen() {
    local line status
    printf '%s is ready\n' "$name"
    while :; do
        beat
        status=0
        IFS= read -r -t "$interval" line || status=$?
        case $status in
            0) printf 'echo: %s\n' "$line" ;;
            1) return ;;
            *) ;; # nothing was said for so long
        esac
    done
}

# Replaced by rename, so that nobody reads half of it.
beat() {
    local part=$run/.$name.hb.$$
    printf 'v=1\nagent=%s\npid=%s\nat=%s\ninterval=%s\nstate=idle\n' \
        "$name" "$$" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$interval" >"$part" || fail 1 "cannot write $part"
    mv -f -- "$part" "$run/$name.hb" || fail 1 "cannot write $run/$name.hb"
}

main "$@"
