#!/usr/bin/env bash
# One would expect: a status line of the user's own takes a line of its own, and the line below the composer stays.
# Found: it takes the place of "? for shortcuts", also where its command prints nothing at all. `--settings FILE` with a
# status line does the same for one session.
# Matters: a screen by which "it waits for a message" is told must not look for that hint: the composer between its two
# rules is there with both.
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
    printf '{"hasCompletedOnboarding":true,"hasSeenAutoDefaultNudge":true,"projects":{"%s":{"hasTrustDialogAccepted":true}}}' "$work/$1/folder" \
        >"$work/$1/.claude.json"
    printf '%s' "$2" >"$work/$1/.claude/settings.json"
}
begin() { # NAME [WORDS...]: starts it offline in a pane
    t new-session -d -s "$1" -x 120 -y 40 -c "$work/$1/folder" unshare --net env -i HOME="$work/$1" TERM=screen-256color \
        PATH="$work/node_modules/.bin:$PATH" ANTHROPIC_BASE_URL=http://127.0.0.1:9 ANTHROPIC_AUTH_TOKEN=dummy \
        DISABLE_AUTOUPDATER=1 claude "${@:2}"
}
shows() { # NAME: what of the hint and the composer is there, some seconds after the composer
    local screen seen=""
    for _ in {1..150}; do
        sleep 0.2
        ! t capture-pane -p -t "=$1:" | grep -q '^❯' || break
    done
    sleep 4
    screen=$(t capture-pane -p -t "=$1:")
    ! grep -q '^❯' <<<"$screen" || seen+="composer "
    ! grep -q '? for shortcuts' <<<"$screen" || seen+="hint "
    ! grep -q 'my own line' <<<"$screen" || seen+="line "
    echo "${seen% }"
}

check "version" "2.1.332 (Claude Code)" "$("$work/node_modules/.bin/claude" --version)"
line='{"permissions":{"defaultMode":"default"},"statusLine":{"type":"command","command":"echo my own line"}}'
home plain '{"permissions":{"defaultMode":"default"}}'
begin plain
check "no status line" "composer hint" "$(shows plain)"
home own "$line"
begin own
check "a status line in the settings" "composer line" "$(shows own)"
home silent "${line/echo my own line/true}"
begin silent
check "one whose command prints nothing" "composer" "$(shows silent)"
home given '{"permissions":{"defaultMode":"default"}}'
printf '%s' "$line" >"$work/line.json"
begin given --settings "$work/line.json"
check "one that --settings gives" "composer line" "$(shows given)"
verdict
