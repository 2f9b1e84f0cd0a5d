#!/usr/bin/env bash
# Types one message into one exactly named tmux session, by the rules of `mosaic agent send`.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: send-message.sh [-L SOCKET] -t NAME -m TEXT

  -L SOCKET   socket name; empty or absent: the default socket
  -t NAME     session name, or =NAME; always the whole name, never a prefix
  -m TEXT     the message; - reads it from standard input, less one final newline

The text is pasted into the session's first pane, Enter follows on its own. What is there is
looked at first: nothing is typed where an approval is asked for, at a wall, into a shell, or
where a known runtime shows no empty composer. Line breaks and tabs are part of a message;
other control characters are refused, since they act as keys.

A text that begins with "[LABEL] " says who sends it. Any other gets such a label in front:
bare it could be a command. Only /clear and /new are taken for one, and empty the agent's
context, as `mosaic agent reset` does.

It needs the program `mosaic`, in the PATH or in that of a login shell.

Exit status: 0 typed, Enter pressed; 2 bad usage; 6 typed, but Enter could not be pressed or
nothing shows that the text was taken: do not send it again; 7 not sent, for the reason that
is said.

Example: send-message.sh -L mosaic-fleet -t '=coder0' -m 'Run the tests.'
HELP
}

fail() {
    printf 'send-message: %s\n' "$2" >&2
    exit "$1"
}

main() {
    read_arguments "$@"
    find_program
    local agent=("$program" --quiet agent) session=("$name" --socket "$socket")
    if [[ $text == /clear || $text == /new ]]; then
        "${agent[@]}" reset "${session[@]}"
    else
        split_label
        printf '%s\n' "$text" | "${agent[@]}" send "${session[@]}" --or-typed "${label[@]}" -
    fi
}

read_arguments() {
    local option message_given=
    socket="" name="" text=""
    [[ ${1-} != --help ]] || { usage; exit 0; }
    while getopts :L:t:m:h option; do
        case $option in
            L) socket=$OPTARG ;;
            t) name=${OPTARG#=} ;;
            m) text=$OPTARG message_given=1 ;;
            h) usage; exit 0 ;;
            *) usage >&2; exit 2 ;;
        esac
    done
    [[ $OPTIND -gt $# && -n $message_given ]] || { usage >&2; exit 2; }
    [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9_-]*$ ]] || fail 2 "'$name' is no session name"
    [[ $socket =~ ^([A-Za-z0-9_][A-Za-z0-9_.-]*)?$ ]] || fail 2 "'$socket' is no socket name"
    if [[ $text == - ]]; then
        text=$(cat; printf .)
        text=${text%.}
        text=${text%$'\n'}
    fi
    [[ -n $text ]] || fail 2 "the message is empty"
}

# agent-send.sh signs here and on the host that it comes from, also that of an earlier release.
split_label() {
    label=()
    [[ $text =~ ^\[([^][[:cntrl:]]+)\]\  ]] || return 0
    label=(--source "${BASH_REMATCH[1]}")
    text=${text#"${BASH_REMATCH[0]}"}
}

# What typed without the program would press Enter unseen: also where it approves a command or ends the agent.
find_program() {
    # shellcheck disable=SC2016 # a login shell's PATH
    program=$(type -P mosaic) || program=$(bash -lc 'type -P mosaic' 2>/dev/null) \
        || fail 7 "nothing was typed: there is no program mosaic in the PATH: install it, or put its folder there"
    "$program" agent send --help 2>/dev/null | grep -q -e --or-typed \
        || fail 7 "nothing was typed: $program is older than this script: install the release that this home has"
}

main "$@"
