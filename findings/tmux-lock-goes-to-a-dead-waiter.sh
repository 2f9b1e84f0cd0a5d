#!/usr/bin/env bash
# One would expect: a lock taken by `wait-for -L` is free again when its holder is gone, as a flock is, and a waiter
# that was killed is out of the queue.
# Found: the lock has no owner. It stays after the client that took it has ended; it is handed to a waiter that no
# longer lives, and has to be unlocked a second time on that one's behalf; and unlocking needs no claim to it.
# Matters: no tool may use it to keep two runs apart: one timeout in the queue locks everyone out until somebody
# unlocks by hand. A flock on a file ends with its holder.
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

take() {
    local status=0
    timeout 1 tmux -L finding wait-for -L "$1" || status=$?
    [[ $status == 0 ]] && echo taken || echo "waits (status $status)"
}
t new-session -d sleep 60
check "the first, whose client ends at once" taken "$(take a)"
check "the second" "waits (status 124)" "$(take a)"
t wait-for -U a
check "the third, after one unlock" "waits (status 124)" "$(take a)"
t wait-for -U a
t wait-for -U a
check "after an unlock for each of the two that gave up" taken "$(take a)"

verdict
