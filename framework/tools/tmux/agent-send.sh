#!/usr/bin/env bash
# Sends a message to an agent of the fleet, here or on another host, and says who it is from.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: agent-send.sh [-L SOCKET] [-H USER@HOST] [-S LABEL] -s NAME -m TEXT

  -L SOCKET     socket name; empty or absent: the default socket
  -H USER@HOST  the agent lives there: go through ssh (keys only, no password prompt)
  -S LABEL      who sends; default: HOST:AGENT inside an agent's session, else HOST:operator
  -s NAME       the agent's session, NAME or =NAME; always the whole name, never a prefix
  -m TEXT       the message; - reads it from standard input

The agent sees "[LABEL] TEXT". What it does is looked at first, as by `mosaic agent send`:
see send-message.sh, which needs the program. On the other host the tool is looked for in
$MOSAIC_HOME, else in the default Mosaic home.

Exit status: 0 typed, Enter pressed; 2 bad usage; 6 typed, but Enter could not be pressed or
nothing shows that the text was taken: do not send it again; 7 not sent, for the reason that
is said; 255 ssh failed, nothing is known about the delivery.

Example: agent-send.sh -L mosaic-fleet -s reviewer0 -m 'Ready for review.'
HELP
}

fail() {
    printf 'agent-send: %s\n' "$2" >&2
    exit "$1"
}

main() {
    read_arguments "$@"
    if [[ -n $peer ]]; then
        send_remotely
    else
        send_here
    fi
}

read_arguments() {
    local option message_given=
    socket="" peer="" label="" name="" text=""
    [[ ${1-} != --help ]] || { usage; exit 0; }
    while getopts :L:H:S:s:m:h option; do
        case $option in
            L) socket=$OPTARG ;;
            H) peer=$OPTARG ;;
            S) label=$OPTARG ;;
            s) name=${OPTARG#=} ;;
            m) text=$OPTARG message_given=1 ;;
            h) usage; exit 0 ;;
            *) usage >&2; exit 2 ;;
        esac
    done
    [[ $OPTIND -gt $# && -n $message_given ]] || { usage >&2; exit 2; }
    [[ -n $label ]] || choose_label
    # The remote command line is built from these; nothing in them can mean anything to a shell.
    [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9_-]*$ ]] || fail 2 "'$name' is no session name"
    [[ $socket =~ ^([A-Za-z0-9_][A-Za-z0-9_.-]*)?$ ]] || fail 2 "'$socket' is no socket name"
    [[ $peer =~ ^([A-Za-z0-9_][]A-Za-z0-9_.@:%[-]*)?$ ]] || fail 2 "'$peer' is no USER@HOST"
    if [[ $text == - ]]; then
        text=$(cat; printf .)
        text=${text%.}
        text=${text%$'\n'}
    fi
    [[ -n $text ]] || fail 2 "the message is empty"
}

choose_label() {
    local host
    host=$(hostname -s 2>/dev/null) || host=""
    label=${host:-localhost}:${MOSAIC_AGENT_NAME:-operator}
}

# Standard input carries the message: no limit on its length, nothing for a shell to read in it.
send_here() {
    local here
    here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
    printf '[%s] %s\n' "$label" "$text" \
        | bash "$here/send-message.sh" -L "$socket" -t "=$name" -m -
}

send_remotely() {
    # shellcheck disable=SC2016 # expanded on the other host
    local home='${MOSAIC_HOME:-${XDG_CONFIG_HOME:-$HOME/.config}/mosaic}'
    local remote="exec bash \"$home/tools/tmux/send-message.sh\" -t =$name -m -"
    [[ -z $socket ]] || remote+=" -L $socket"
    # sh -c: the login shell over there may be any.
    printf '[%s] %s\n' "$label" "$text" \
        | ssh -T -o BatchMode=yes -o ConnectTimeout=10 -- "$peer" "exec sh -c '$remote'"
}

main "$@"
