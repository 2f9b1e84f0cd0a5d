#!/usr/bin/env bash
# Called by codex at the end of each turn: writes down which conversation its agent has, and a heartbeat where it is to.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: codex.sh [JSON]     what codex's `notify` calls: for the codex that calls it
       codex.sh --of PID   the conversation alone, of the codex that the process PID is

Writes the conversation that codex has open to fleet/run/NAME.session, as "codex ID".

Environment, which start-agent-session.sh sets:
  MOSAIC_AGENT_NAME         the agent
  MOSAIC_AGENT_HOME         its home; where one of these is not set, nothing is written
  MOSAIC_AGENT_HEARTBEATS   1: a heartbeat is written, too

Exit status: 0 done, or no conversation is open; 1 it cannot be written.

Example: MOSAIC_AGENT_NAME=coder0 MOSAIC_AGENT_HOME=~/.config/mosaic codex.sh --of 4242
HELP
}

main() {
    local of=$PPID
    case ${1-} in
        -h | --help) usage; exit 0 ;;
        --of) of=${2-} ;;
    esac
    name=${MOSAIC_AGENT_NAME-} home=${MOSAIC_AGENT_HOME-}
    [[ -n $name && -n $home ]] || exit 0
    keep_conversation "$of"
    [[ ${1-} == --of || ${MOSAIC_AGENT_HEARTBEATS-} != 1 ]] || exec "$home/tools/fleet/beat.sh"
}

# The name of the file that it writes a conversation to ends with the id. After /new it may have the one before open, too:
# "codex -" is written down by `mosaic agent reset`, and what was not written to since is a conversation from before.
keep_conversation() {
    local file last="" kept=$home/fleet/run/$name.session part=$home/fleet/run/.$name.session.$$ is_reset=""
    [[ $(cat "$kept" 2>/dev/null) != "codex -" ]] || is_reset=1
    while IFS= read -r file; do
        [[ -z $is_reset || $file -nt $kept ]] || continue
        [[ -n $last && ! $file -nt $last ]] || last=$file
    done < <(readlink "/proc/$1"/fd/* 2>/dev/null | grep -E '/rollout-[^/]*\.jsonl$')
    [[ -n $last ]] || return 0
    last=${last%.jsonl}
    printf 'codex %s\n' "${last: -36}" >"$part"
    mv -f -- "$part" "$kept"
}

main "$@"
