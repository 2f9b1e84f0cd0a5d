#!/usr/bin/env bash
# One would expect: what a hook's `run-shell` prints goes nowhere, or to the server's messages, when no client is
# there.
# Found: it is shown in the pane used last, which need not be the one the hook is about, and puts that pane into
# view-mode until somebody leaves it by a key. An Enter sent by `send-keys` is then eaten (status 0), while
# `paste-buffer` still reaches the program. A hook that prints nothing leaves all panes alone.
# Matters: one `set-hook` in an operator's tmux.conf makes an agent deaf to Enter, and nothing says so. A sender
# looks at `pane_in_mode`, or pastes its Enter as well.
set -euo pipefail

work=$(mktemp -d)
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
unpack() { # PACKAGE=VERSION...: Debian packages, unpacked below $work
    local file
    cd "$work"
    apt-get -qq -o APT::Sandbox::User=root download "$@" 2>/dev/null \
        || { apt-get -qq update; apt-get -qq -o APT::Sandbox::User=root download "$@"; }
    for file in ./*.deb; do dpkg-deb -x "$file" .; rm "$file"; done
    printf 'Debian packages: %s\n' "$*"
    local libraries
    libraries=$(uname -m)-linux-gnu
    export LD_LIBRARY_PATH=$work/usr/lib/$libraries:$work/lib/$libraries
    export PATH=$work/usr/bin:$work/usr/sbin:$work/bin:$work/sbin:$PATH
}

export HOME=$work TMUX_TMPDIR=$work LC_ALL=C.UTF-8 SHELL=/bin/sh
unset TMUX TMUX_PANE EDITOR VISUAL
t() { tmux -L finding -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null || true; cd /; rm -rf "$work"' EXIT
await() { # FILE: until it has a whole line
    local _
    for _ in {1..100}; do
        ! grep -qs . "$1" || return 0
        sleep 0.05
    done
}

unpack tmux=3.3a-3 libevent-core-2.1-7=2.1.12-stable-8 libutempter0=1.2.1-3
tmux -V

t new-session -d -s renamed sleep 60
t new-session -d -s agent "cat >'$work/heard'"
mode() { t list-panes -t "$1" -F '#{pane_in_mode} #{pane_mode}'; }

t set-hook -g window-renamed 'run-shell true'
t rename-window -t renamed: silent
sleep 0.3
check "after a silent hook" "0 " "$(mode agent)"
t set-hook -g window-renamed 'run-shell "echo hello"'
t rename-window -t renamed: loud
sleep 0.3
check "after a hook that prints, the renamed one" "0 " "$(mode renamed)"
check "after a hook that prints, the other" "1 view-mode" "$(mode agent)"

status=0
t send-keys -t agent: Enter || status=$?
check "status of send-keys Enter" 0 "$status"
t set-buffer -b b $'pasted\n' \; paste-buffer -d -b b -t agent:
await "$work/heard"
check "the program heard" pasted "$(cat "$work/heard")"
check "still" "1 view-mode" "$(mode agent)"

verdict
