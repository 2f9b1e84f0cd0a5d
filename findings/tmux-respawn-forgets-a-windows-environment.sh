#!/usr/bin/env bash
# One would expect: `respawn-pane -k` without a command runs the same command in the same environment again.
# Found: it depends on who made the pane. What `new-session -e` set belongs to the session and comes back. What
# `new-window -e` or `split-window -e` set was for that one start: after a respawn the pane has the *session's*
# value, with no word and exit status 0.
# Matters: with two agents in one session, respawning the second gives it the first one's name and keys. One session
# for each agent is safe.
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

tell="echo \"agent=\$AGENT\" >\"\$0\"; exec sleep 60"
twice() { # FILE TARGET: what the pane's command saw at first, and after a respawn
    await "$1"
    local before
    before=$(cat "$1")
    rm "$1"
    t respawn-pane -k -t "$2"
    await "$1"
    echo "$before then $(cat "$1")"
}
t new-session -d -s own -e AGENT=a1 sh -c "$tell" "$work/session"
t new-window -d -t own: -n second -e AGENT=a2 sh -c "$tell" "$work/window"
t split-window -d -t own:second -e AGENT=a3 sh -c "$tell" "$work/split"
check new-session "agent=a1 then agent=a1" "$(twice "$work/session" own:0.0)"
check new-window "agent=a2 then agent=a1" "$(twice "$work/window" own:second.0)"
check split-window "agent=a3 then agent=a1" "$(twice "$work/split" own:second.1)"

verdict
