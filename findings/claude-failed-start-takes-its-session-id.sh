#!/usr/bin/env bash
# One would expect: a claude that never got to work (not logged in, exit 1) leaves nothing behind that matters, and
# the same command line works once it is logged in.
# Found: that start already wrote a transcript under the given `--session-id`; each later start with the same line
# ends 1, "already in use", though no process has it. `--resume` with that id goes on.
# Matters: a starter with a fixed id for each agent gets one try. After the first failure it has to resume, by
# looking for the transcript and not by remembering whether a start succeeded; "in use" does not mean that anything
# runs.
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

install_runtime @anthropic-ai/claude-code@2.1.332
id=0b7b3f2e-6d0c-4e4f-9a53-3d3b6d7a1c11
run claude --version
check "version" "2.1.332 (Claude Code)" "$said"
run claude -p --session-id "$id" hello
check "first start: status" 1 "$status"
check "it is not logged in" yes "$(has "$said" "Not logged in")"
check "transcripts" "$id.jsonl" "$(find "$work/home/.claude/projects" -name '*.jsonl' -printf '%f\n')"
check "processes left" 0 "$(pgrep -c -f "$id" || true)"
run claude -p --session-id "$id" hello
check "second start: status" 1 "$status"
check "it says in use" yes "$(has "$erred" "already in use")"
run claude -p --resume "$id" hello
check "resume: in use" no "$(has "$said$erred" "in use")"
check "resume: not logged in" yes "$(has "$said" "Not logged in")"

verdict
