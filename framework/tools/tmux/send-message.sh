#!/usr/bin/env bash
# Types one message into one exactly named tmux session and presses Enter.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: send-message.sh [-L SOCKET] -t NAME -m TEXT

  -L SOCKET   socket name; empty or absent: the default socket
  -t NAME     session name, or =NAME; always the whole name, never a prefix
  -m TEXT     the message, to the byte; - reads it from standard input, less one final newline

The text is pasted into the session's first pane, Enter follows on its own. Line breaks and
tabs are part of a message; other control characters are refused, since they act as keys.

Exit status: 0 typed, Enter pressed; 2 bad usage; 6 typed, but Enter could not be pressed;
7 nothing was typed (no server, no such session, its pane is dead).

Example: send-message.sh -L mosaic-fleet -t '=coder0' -m 'Run the tests.'
HELP
}

fail() {
    printf 'send-message: %s\n' "$2" >&2
    exit "$1"
}

main() {
    read_arguments "$@"
    check_text
    unset TMUX TMUX_PANE # plain tmux would follow them to another server
    find_pane
    buffer="mosaic-$$-$RANDOM$RANDOM"
    put "$text" -p || fail 7 "session $name on $where: its pane is dead or gone, nothing was typed"
    sleep 0.3 # an Enter too close to a paste is taken for a part of it
    put $'\r' || fail 6 "session $name on $where: typed, but its pane went away before Enter"
}

read_arguments() {
    local option message_given=
    socket=() where="the default socket" name="" text=""
    [[ ${1-} != --help ]] || { usage; exit 0; }
    while getopts :L:t:m:h option; do
        case $option in
            L) set_socket "$OPTARG" ;;
            t) name=${OPTARG#=} ;;
            m) text=$OPTARG message_given=1 ;;
            h) usage; exit 0 ;;
            *) usage >&2; exit 2 ;;
        esac
    done
    [[ $OPTIND -gt $# && -n $message_given ]] || { usage >&2; exit 2; }
    [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9_-]*$ ]] || fail 2 "'$name' is no session name"
    if [[ $text == - ]]; then
        text=$(cat; printf .)
        text=${text%.}
        text=${text%$'\n'}
    fi
}

set_socket() {
    [[ -n $1 ]] || return 0
    [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]*$ ]] || fail 2 "'$1' is no socket name"
    socket=(-L "$1")
    where="socket $1"
}

check_text() {
    local LC_ALL=C
    [[ -n $text ]] || fail 2 "the message is empty"
    [[ ${text//[$'\n\t']/} != *[[:cntrl:]]* ]] || fail 2 "the message has control characters"
}

# -N: a client that only sends must never start a server.
ask() { tmux -N -u "${socket[@]}" "$@"; }

# The first pane of the session whose name is equal, and the server it lives on.
find_pane() {
    local rows row rest
    rows=$(ask list-panes -a -F '#{pane_id}|#{pid}|#{session_name}') || fail 7 "no sessions on $where"
    while IFS= read -r row; do
        pane=${row%%|*}
        rest=${row#*|}
        server=${rest%%|*}
        [[ ${rest#*|} != "$name" ]] || return 0
    done <<<"$rows"
    fail 7 "no session $name on $where"
}

# Pastes $1. The check and the paste are one command list: a paste into a dead pane can end
# tmux 3.3, and a restarted server hands out the same pane ids again.
put() {
    local bytes=$1 said
    shift
    said=$(printf '%s' "$bytes" | ask load-buffer -b "$buffer" - ';' \
        if-shell -F -t "$pane" \
        "#{&&:#{==:#{pane_dead},0},#{==:#{pid}|#{session_name},$server|$name}}" \
        "paste-buffer $* -r -d -b $buffer -t $pane ; display-message -p pasted" \
        "delete-buffer -b $buffer") || return 1
    [[ $said == pasted ]]
}

main "$@"
