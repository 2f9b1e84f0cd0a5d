#!/usr/bin/env bash
# One would expect: a settings.json that cannot be read stops the program, as it holds permission rules and hooks;
# and commands that read the configuration complain of it.
# Found: claude goes on without anything that is in it: the start reaches the login check, with a warning on stderr
# that no hooks, permission rules and sandbox settings are in effect. `mcp list` and `--version` say nothing and end
# 0. `--settings FILE` with a missing file does stop it.
# Matters: a tool that edits settings.json (hooks for heartbeats, rules) and breaks it gets agents that run without
# rules, not agents that fail. Parse the file after each write, and read stderr of the first start.
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
mkdir "$work/home/.claude"
run claude --version
check "version" "2.1.332 (Claude Code)" "$said"
echo '{"permissions": {"deny": ["Bash"]}' >"$work/home/.claude/settings.json"
run claude -p hello
check "one brace short: it gets as far as the login" yes "$(has "$said" "Not logged in")"
check "stderr names the file" yes "$(has "$erred" "settings.json: Invalid or malformed JSON")"
check "stderr says that nothing of it holds" yes "$(has "$erred" "nothing in them is in effect")"
run claude mcp list
check "mcp list: status" 0 "$status"
check "mcp list names the file" no "$(has "$said$erred" settings.json)"
echo '{"permissions": {"deny": ["Bash"]}}' >"$work/home/.claude/settings.json"
run claude -p hello
check "mended: stderr names the file" no "$(has "$erred" settings.json)"
run claude --settings "$work/missing.json" -p hello
check "--settings with a missing file: status, login" "1, no" "$status, $(has "$said" "Not logged in")"

verdict
