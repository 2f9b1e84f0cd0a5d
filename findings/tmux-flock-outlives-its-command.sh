#!/usr/bin/env bash
# One would expect: `flock LOCK tmux new-session -d ...` gives the lock back when the command returns.
# Found: where that command *started* the server, the server has inherited the open lock and holds it as long as it
# lives; where a server was there already, the lock is free at once. `flock -o` gives it back in both cases.
# Matters: a start script serialized by flock works in every test but the first start after a boot, then blocks each
# later run for as long as the fleet lives. Close the lock before anything that may fork a tmux server.
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

free() { flock -n "$work/lock" true && echo free || echo held; }
flock "$work/lock" tmux -L finding -f /dev/null new-session -d -s first sleep 60
check "the command that started the server has ended; the lock" held "$(free)"
check "sessions" first "$(t list-sessions -F '#{session_name}')"
t kill-server
for _ in {1..50}; do [[ $(free) == held ]] || break; sleep 0.1; done
check "after the server's end" free "$(free)"
flock -o "$work/lock" tmux -L finding -f /dev/null new-session -d -s second sleep 60
check "started under flock -o" free "$(free)"
flock "$work/lock" tmux -L finding -f /dev/null new-session -d -s third sleep 60
check "under flock, with a server there already" free "$(free)"

verdict
