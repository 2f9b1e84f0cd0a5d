#!/usr/bin/env bash
# One would expect: `if-shell -F -t PANE` fails when PANE is not there, as send-keys and paste-buffer do.
# Found: exit status 0. The condition is read with every pane variable *empty*, so a guard that denies (`not dead`,
# `not in a mode`) holds; the chosen commands run, and those without a `-t` of their own act on the session used
# last.
# Matters: a guard before a paste must assert (`pane_dead` equals 0, the session's name equals ours), never deny,
# and each command in it needs its own `-t`; otherwise the text goes to another agent.
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

t new-session -d -s agent "cat >'$work/agent'"
t new-session -d -s bystander "cat >'$work/bystander'"
guarded() { # CONDITION: which branch is taken for a pane that is not there
    t if-shell -F -t %999 "$1" 'display-message -p yes' 'display-message -p no'
}
check "pane_dead is 0" no "$(guarded '#{==:#{pane_dead},0}')"
check "pane_dead is not 1" yes "$(guarded '#{!=:#{pane_dead},1}')"
check "pane_in_mode is not 1" yes "$(guarded '#{!=:#{pane_in_mode},1}')"
check "session_name is empty" yes "$(guarded '#{==:#{session_name},}')"

status=0
t set-buffer -b m $'for the missing one\n' \; \
    if-shell -F -t %999 '#{!=:#{pane_dead},1}' 'paste-buffer -d -b m' || status=$?
sleep 0.3
check "status of a guarded paste without -t" 0 "$status"
check "a bystander got" "for the missing one" "$(cat "$work/bystander")"

verdict
