#!/usr/bin/env bash
# One would expect: a plugin that is a file beside the settings, and imports nothing, needs no network.
# Found: with any plugin opencode first has its own npm install a package for plugins into the folder of its settings, and
# its screen stays blank until that ended: without a network, after more than a minute of retries, at every start, and
# agents of one HOME one after the other, by a lock. Without a plugin it tries the same, and does not wait for it.
# Matters: who gives an agent a plugin must bound npm's retries (npm_config_fetch_retries=0), or wait that long for a
# composer.
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
npm install --silent --no-audit --no-fund --prefix "$work" opencode-ai@1.18.33 >/dev/null
t() { TMUX_TMPDIR=$work tmux -f /dev/null -L finding "$@"; }
begin() { # NAME [VARIABLES...]: starts it offline in a pane, in a HOME of its own
    mkdir -p "$work/$1/folder" "$work/$1/.config/opencode"
    printf '{"formatter":false,"lsp":false}' >"$work/$1/.config/opencode/opencode.json"
    t new-session -d -s "$1" -x 120 -y 40 -c "$work/$1/folder" unshare --net env -i HOME="$work/$1" TERM=screen-256color \
        PATH="$work/node_modules/.bin:$PATH" OPENCODE_DISABLE_AUTOUPDATE=1 "${@:2}" opencode
}
# Which comes first, as seen each fifth of a second: something on the screen, or the end of the installation in the log.
first() { # NAME
    local screen
    for _ in {1..900}; do
        sleep 0.2
        screen=$(t capture-pane -p -t "=$1:")
        if [[ $screen == *[![:space:]]* ]]; then
            grep -qs 'dependency install failed' "$work/$1"/.local/share/opencode/log/*.log && echo "the end of the installation" \
                || echo "its screen"
            return
        fi
    done
    echo "nothing in three minutes"
}

check "version" "1.18.33" "$(env -i HOME="$work" PATH="$PATH" "$work/node_modules/.bin/opencode" --version)"
printf 'export const Nothing = async () => ({});\n' >"$work/plugin.js"
plugin=OPENCODE_CONFIG_CONTENT="{\"plugin\":[\"$work/plugin.js\"]}"
begin plain
check "without a plugin, what comes first" "its screen" "$(first plain)"
t kill-session -t =plain
begin given "$plugin"
start=$SECONDS
check "with one" "the end of the installation" "$(first given)"
took=$((SECONDS - start))
t kill-session -t =given
begin bounded "$plugin" npm_config_fetch_retries=0
start=$SECONDS
check "with one, and no retries" "the end of the installation" "$(first bounded)"
check "that is sooner by more than half a minute" "yes" "$( ((took - (SECONDS - start) > 30)) && echo yes || echo "no: $took s")"
verdict
