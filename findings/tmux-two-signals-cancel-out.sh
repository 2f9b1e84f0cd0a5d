#!/usr/bin/env bash
# One would expect: `wait-for -S CHANNEL` with nobody waiting is remembered, and saying it twice changes nothing.
# Found: one signal is remembered; the second takes it back; the third is remembered again. A waiter that was killed
# before counts as somebody: the next signal goes to it and is lost.
# Matters: "ready" must not be told by two parties, or again at a retry, on one channel. A starter that waits for
# such a word hangs although it was said, so every wait needs a limit and a look at the state itself.
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

waits() { # CHANNEL: is a remembered signal there?
    local status=0
    timeout 1 tmux -L finding wait-for "$1" || status=$?
    [[ $status == 0 ]] && echo goes-on || echo "waits (status $status)"
}
t new-session -d sleep 60
for signals in 1 2 3 4; do
    for ((i = 0; i < signals; i++)); do t wait-for -S "channel$signals"; done
done
check "after one signal" goes-on "$(waits channel1)"
check "after two" "waits (status 124)" "$(waits channel2)"
check "after three" goes-on "$(waits channel3)"
check "after four" "waits (status 124)" "$(waits channel4)"
t wait-for -S channel2 # the waiter there was ended by its limit
check "one signal, sent after a waiter gave up" "waits (status 124)" "$(waits channel2)"

verdict
