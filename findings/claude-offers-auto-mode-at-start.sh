#!/usr/bin/env bash
# One would expect: an operator whose settings say `"defaultMode": "default"`, to be asked before each command, has
# decided; a start shows the composer.
# Found: the first start of this version asks whether auto mode is to be the default, and "Yes" is preselected. One
# Enter writes `"defaultMode": "auto"` into settings.json. For a moment before that the composer is there. Without such
# a setting it does not ask. It asks once.
# Matters: who types a message and Enter into an agent that was just updated turns its approvals off; the message is
# lost. An agent that is started without a person stands at that question.
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
trap 'TMUX_TMPDIR=$work tmux -L finding kill-server 2>/dev/null || true; sleep 2; cd /; rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" @anthropic-ai/claude-code@2.1.332 >/dev/null
t() { TMUX_TMPDIR=$work tmux -f /dev/null -L finding "$@"; }
home() { # NAME SETTINGS
    mkdir -p "$work/$1/.claude" "$work/$1/folder"
    printf '{"hasCompletedOnboarding":true,"projects":{"%s":{"hasTrustDialogAccepted":true}}}' "$work/$1/folder" \
        >"$work/$1/.claude.json"
    printf '%s' "$2" >"$work/$1/.claude/settings.json"
}
begin() { # NAME: starts it offline in a pane
    t new-session -d -s "$1" -x 120 -y 40 -c "$work/$1/folder" unshare --net env -i HOME="$work/$1" TERM=screen-256color \
        PATH="$work/node_modules/.bin:$PATH" ANTHROPIC_BASE_URL=http://127.0.0.1:9 ANTHROPIC_AUTH_TOKEN=dummy \
        DISABLE_AUTOUPDATER=1 claude
}
shows() { # NAME: auto-mode, composer or nothing; the composer is there for a moment before the question
    local screen
    for _ in {1..150}; do
        sleep 0.2
        ! t capture-pane -p -t "=$1:" | grep -qE 'Make auto mode|mode on' || break
    done
    sleep 6
    screen=$(t capture-pane -p -t "=$1:")
    case $screen in
        *"Make auto mode your default"*) echo auto-mode ;;
        *"mode on"*) echo composer ;;
        *) echo nothing ;;
    esac
}

check "version" "2.1.332 (Claude Code)" "$("$work/node_modules/.bin/claude" --version)"
home decided '{"permissions":{"defaultMode":"default"}}'
begin decided
check "settings say default: shown" auto-mode "$(shows decided)"
check "preselected" yes "$(t capture-pane -p -t =decided: | grep -q '❯ Yes' && echo yes || echo no)"
t send-keys -t =decided: Enter
sleep 3
check "after an Enter, settings" auto "$(grep -oE '"defaultMode": *"[a-z]+"' "$work/decided/.claude/settings.json" | cut -d'"' -f4)"
t kill-session -t =decided
begin decided
check "the next start: shown" composer "$(shows decided)"
home undecided '{}'
begin undecided
check "settings say nothing: shown" composer "$(shows undecided)"

verdict
