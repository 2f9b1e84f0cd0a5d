#!/usr/bin/env bash
# One would expect: where `--version` works the program can start; it writes nothing; and a folder named for its
# configuration is made where it is missing, or not, alike by all.
# Found: with CODEX_HOME at a missing folder, or with a value of the wrong type in config.toml, `codex --version`
# ends 0 and every other command ends 1; an unknown key is ignored without a word. claude makes the folder of
# CLAUDE_CONFIG_DIR with its parents, so a mistyped one is a second, empty configuration. `codex --version` makes
# ~/.codex.
# Matters: doctor must ask for more than the version (`codex mcp list` reads the configuration and needs no login),
# and compare the folder that is named with what is there before any start.
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
run codex --version
check "codex: version, status" "codex-cli 0.171.0, 0" "$said, $status"
check "it made" .codex "$(ls -A "$work/home")"
run CODEX_HOME="$work/missing" codex --version
check "CODEX_HOME missing: --version" 0 "$status"
run CODEX_HOME="$work/missing" codex mcp list
check "CODEX_HOME missing: mcp list" 1 "$status"
check "it names the folder" yes "$(has "$erred" "$work/missing")"
check "the folder" "not made" "$([[ -e $work/missing ]] && echo made || echo "not made")"
mkdir -p "$work/home/.codex"
echo 'model = 5' >"$work/home/.codex/config.toml"
run codex --version
check "wrong type in config.toml: --version" 0 "$status"
run codex mcp list
check "wrong type in config.toml: mcp list" 1 "$status"
echo 'modle = "x"' >"$work/home/.codex/config.toml"
run codex mcp list
check "unknown key: mcp list" "0, silent" "$status, $(has "$said$erred" modle | sed 's/no/silent/; s/yes/told/')"
rm -rf "$work/home/.codex"

run claude --version
check "claude: version, status" "2.1.332 (Claude Code), 0" "$said, $status"
run CLAUDE_CONFIG_DIR="$work/new/deep" claude mcp list
check "CLAUDE_CONFIG_DIR missing: mcp list" 0 "$status"
check "the folder" made "$([[ -e $work/new/deep/.claude.json ]] && echo made || echo "not made")"

verdict
