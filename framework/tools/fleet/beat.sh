#!/usr/bin/env bash
# Writes the heartbeat of the agent that it is called in: what the hooks of its runtime call.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: beat.sh [idle | busy | blocked]   one beat; without a state, the state of the one before
       beat.sh --beside PID              a beat every 15 seconds while the process PID runs

Whatever stands behind the state is left alone: some runtimes tell their hooks more than that.

Environment, which start-agent-session.sh sets:
  MOSAIC_AGENT_NAME   the agent; where it is not set, nothing is written
  MOSAIC_AGENT_HOME   its home: the beat goes to fleet/run/NAME.hb in it

Exit status: 0 done, 1 it cannot be written or bad usage. Never 2: claude would take that for an
order to stop what it does.

Example: MOSAIC_AGENT_NAME=coder0 MOSAIC_AGENT_HOME=~/.config/mosaic beat.sh busy
HELP
}

interval=15

fail() {
    printf 'beat: %s\n' "$1" >&2
    exit 1
}

main() {
    local state=""
    case ${1-} in
        -h | --help) usage; exit 0 ;;
        idle | busy | blocked) state=$1 ;;
        "" | --beside) ;;
        *) usage >&2; exit 1 ;;
    esac
    name=${MOSAIC_AGENT_NAME-}
    [[ -n $name ]] || exit 0
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] || fail "MOSAIC_AGENT_NAME='$name' is no agent name"
    run=${MOSAIC_AGENT_HOME:?is not set: whose heartbeat is it?}/fleet/run
    if [[ ${1-} == --beside ]]; then
        beside "${2-}"
    else
        beat "$state" "$PPID"
    fi
}

# What is stopped, or has ended and is still on record, does not live.
beside() {
    local began
    [[ $1 =~ ^[1-9][0-9]*$ ]] || { usage >&2; exit 1; }
    look_at "$1" || return 0
    began=$begun
    while look_at "$1" && [[ $begun == "$began" ]]; do
        [[ $process == [TtZX] ]] || beat "" "$1" || true # a disk may have room again
        sleep "$interval"
    done
}

# Sets the state of a process, and when it began, in ticks.
look_at() {
    local fields
    { read -r fields <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra fields <<<"${fields##*) }"
    process=${fields[0]} begun=${fields[19]}
}

# Replaced by rename, so that nobody reads half of it.
beat() {
    local state=$1 part=$run/.$name.hb.$$ line
    if [[ -z $state ]]; then
        while IFS= read -r line; do
            [[ $line != state=* ]] || state=${line#state=}
        done 2>/dev/null <"$run/$name.hb" || true
    fi
    if ! printf 'v=1\nagent=%s\npid=%s\nat=%s\ninterval=%s\n%s' "$name" "$2" \
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$interval" "${state:+state=$state$'\n'}" 2>/dev/null >"$part" \
        || ! mv -f -- "$part" "$run/$name.hb"; then
        rm -f -- "$part"
        printf 'beat: cannot write %s\n' "$run/$name.hb" >&2
        return 1
    fi
}

main "$@"
