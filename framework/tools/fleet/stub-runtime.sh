#!/usr/bin/env bash
# Stands in for an agent runtime in demos and tests: echoes what it is told, or plays a composer, and answers heartbeats.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: stub-runtime.sh [--interval SECONDS] [--composer [OPTION...]]

Echoes every line that is typed, as "echo: LINE", and writes the agent's heartbeat at the
start, after every line and every SECONDS (default 15), until its input ends. Costs nothing
and calls nobody. In fleet/agents/NAME.env:

  MOSAIC_AGENT_COMMAND=~/.config/mosaic/tools/fleet/stub-runtime.sh

With --composer it behaves as Claude Code does: text is pasted into a composer, Enter takes it,
`exit` alone ends it, !COMMAND is run, and a /WORD is eaten. Mosaic goes by the name of a process:
a link to this script that is called claude is sent to as a Claude is.

  --record FILE     keep each message that was taken, with a NUL behind it
  --asks yes|end    first ask for an approval, which Enter gives (FILE gets "allowed"), or for trust,
                    where Enter ends it with status 1; text that is typed meanwhile is lost
  --blank SECONDS   show nothing before that, and lose what is typed
  --stuck           Enter leaves the text in the composer

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
    read_arguments "$@"
    name=${MOSAIC_AGENT_NAME-}
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] \
        || fail 2 "MOSAIC_AGENT_NAME='$name' is no agent name: whose heartbeat is it?"
    folder=${MOSAIC_RUN_DIR:-$(dirname -- "$(realpath -- "$0")")/../../fleet/run}
    # Its own path: an uninstall takes this script's folder away while it runs.
    run=$(cd -- "$folder" 2>/dev/null && pwd -P) || fail 1 "there is no folder for heartbeats: $folder"
    "$plays"
}

read_arguments() {
    interval=15 plays=listen record=/dev/null asks="" blank=0 is_stuck=
    [[ ${1-} != -h && ${1-} != --help ]] || { usage; exit 0; }
    while [[ $# -gt 0 ]]; do
        case $1 in
            --interval) interval=${2-}; shift ;;
            --composer) plays=compose ;;
            --record) record=${2-}; shift ;;
            --asks) asks=${2-}; shift ;;
            --blank) blank=${2-}; shift ;;
            --stuck) is_stuck=1 ;;
            *) usage >&2; exit 2 ;;
        esac
        shift || { usage >&2; exit 2; }
    done
    [[ $interval =~ ^[1-9][0-9]{0,5}$ && $blank =~ ^[0-9]{1,5}$ && $asks =~ ^(yes|end)?$ && -n $record ]] \
        || { usage >&2; exit 2; }
    [[ $plays == compose || "$record$asks$blank$is_stuck" == /dev/null0 ]] || { usage >&2; exit 2; }
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

compose() {
    local key status draft="" said=("$name is ready") LC_ALL=C # bytes: a long text is read soon enough
    printf '%s' "${0##*/}" >"/proc/$$/comm" # else the kernel calls it bash
    stty raw -echo opost onlcr
    printf '\e[?2004h\e[H\e[2J'
    while ((SECONDS < blank)); do
        beat
        IFS= read -r -s -d '' -N 1 -t 1 key || true
    done
    while :; do
        beat
        show
        status=0
        IFS= read -r -s -d '' -N 1 -t "$interval" key || status=$?
        case $status in
            0) take_key ;;
            1) return ;;
            *) ;;
        esac
    done
}

take_key() {
    case $key in
        $'\r' | $'\n') take_enter ;;
        $'\e') take_sequence ;;
        $'\x03') draft="" ;;
        *) add "$key" ;;
    esac
}

# A paste comes between two sequences; any other one is a key that is not known.
take_sequence() {
    local text
    IFS= read -r -s -d '~' -t 1 text || return 0
    [[ $text == "[200" ]] || return 0
    IFS= read -r -s -d $'\e' text
    add "$text"
    IFS= read -r -s -d '~' -t 1 text || true
}

add() { [[ -n $asks ]] || draft+=$1; }

take_enter() {
    local text=$draft
    case $asks in
        yes) asks="" && printf 'allowed\0' >>"$record" && return ;;
        end) exit 1 ;;
    esac
    [[ -z $is_stuck && -n $text ]] || return 0
    draft=""
    case $text in
        exit) exit 0 ;;
        !*) said+=("$(bash -c "${text#!}" 2>&1 </dev/null)") ;;
        /*) ;;
        *)
            printf '%s\0' "$text" >>"$record"
            said+=("❯ ${text:0:100}")
            ;;
    esac
}

# As the screens of Claude Code 2.1.332 have it.
show() {
    local rule first more
    rule=$(printf '─%.0s' {1..100})
    printf '\e[H\e[2J'
    printf '%s\n' "${said[@]: -4}" | head -n 20
    printf '\n%s\n' "$rule"
    case $asks in
        yes) printf ' Bash command\n\n   touch proof\n\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n\n Esc to cancel\n' ;;
        end) printf ' Do you trust this folder?\n\n ❯ 1. No, exit\n   2. Yes, I trust this folder\n\n Enter to confirm\n' ;;
        *)
            first=$draft
            [[ ${#first} -lt 800 ]] || first="[Pasted text #1]"
            more=${first//[!$'\n']/}
            [[ ${#more} -lt 10 ]] || first="[Pasted text #1 +${#more} lines]"
            printf '❯ %s\e7\n%s\n  ? for shortcuts\e8' "${first//$'\n'/$'\n  '}" "$rule"
            ;;
    esac
}

# Replaced by rename, so that nobody reads half of it.
beat() {
    local part=$run/.$name.hb.$$
    printf 'v=1\nagent=%s\npid=%s\nat=%s\ninterval=%s\nstate=idle\n' \
        "$name" "$$" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$interval" >"$part" || fail 1 "cannot write $part"
    mv -f -- "$part" "$run/$name.hb" || fail 1 "cannot write $run/$name.hb"
}

main "$@"
