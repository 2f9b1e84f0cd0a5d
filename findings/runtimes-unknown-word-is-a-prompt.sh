#!/usr/bin/env bash
# One would expect: a mistyped or vanished subcommand is refused as unknown, with a status that is not 0.
# Found: claude refuses only a word that looks like one of its commands (`mpc`). Any other (`restart`, `usage`) it
# takes for a prompt to the model and, without a terminal, runs it at once as if by `-p`: a transcript holds it. The
# vanished `claude config list` prints nothing to stdout, explains itself on stderr and ends *0*. codex takes one
# unknown word for a prompt as well, stopped only by the missing terminal; two are bad usage, 2.
# Matters: a script written for another version spends tokens, or takes an empty answer with status 0 for a setting.
# Look at what came, not at the status, and ask for the version first.
set -euo pipefail

work=$(mktemp -d -p /var/tmp)
differs=
check() { # WHAT FOUND SEEN
    printf '%s: %s\n' "$1" "$3"
    [[ $3 == "$2" ]] || differs+="$1: '$3', found was '$2'"$'\n'
}
verdict() {
    [[ -n $differs ]] || { echo "as found"; return; }
    printf 'differs:\n%s' "$differs"
    return 1
}
trap 'cd /; rm -rf "$work"' EXIT
install_runtime() { # NPM PACKAGE@VERSION
    npm install --silent --no-audit --no-fund --prefix "$work" "$@" >/dev/null
    printf 'npm packages: %s\n' "$*"
}
run() { # VAR=VALUE... PROGRAM ARGUMENT...: alone, offline, without a terminal; sets said, erred, status
    status=0
    (cd "$work/folder" && timeout 60 unshare --net env -i HOME="$work/home" TERM=xterm \
        PATH="$work/node_modules/.bin:$PATH" "$@") </dev/null >"$work/said" 2>"$work/erred" || status=$?
    said=$(cat "$work/said") erred=$(cat "$work/erred")
}
has() { [[ $1 == *"$2"* ]] && echo yes || echo no; }
mkdir "$work/home" "$work/folder"

install_runtime @anthropic-ai/claude-code@2.1.332 @openai/codex@0.171.0
asked() { # WORD: was it a prompt?
    grep -rqs "\"role\":\"user\",\"content\":\"$1\"" "$work/home/.claude/projects" && echo yes || echo no
}
run claude config list
check "claude config list: status, stdout" "0, ''" "$status, '$said'"
check "its stderr says that it is no command" yes "$(has "$erred" "isn't a Claude Code command")"
run claude mpc
check "claude mpc: status" 1 "$status"
check "its stderr says unknown" yes "$(has "$erred" "unknown command")"
check "asked the model" no "$(asked mpc)"
run claude restart
check "claude restart: status (offline)" 1 "$status"
check "its stderr says unknown" no "$(has "$erred" "unknown command")"
check "asked the model" yes "$(asked restart)"
run codex restart
check "codex restart: status" 1 "$status"
check "it says that there is no terminal" yes "$(has "$erred" "stdin is not a terminal")"
run codex restart now
check "codex restart now: status" 2 "$status"

verdict
