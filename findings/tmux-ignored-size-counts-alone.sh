#!/usr/bin/env bash
# One would expect: a client that is attached read-only with `-f ignore-size` leaves the window as large as it is.
# Found: it does so only beside another client. Where it is the only one the window takes its size, and keeps it after
# it has left. A `capture-pane`, which attaches nobody, leaves it.
# Matters: who looks at a program by attaching to it resizes it, and its screen is drawn anew: a look is a capture.
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
t() { tmux -L "finding-$1" -f /dev/null "${@:2}"; }
trap 't seen kill-server 2>/dev/null || true; t eyes kill-server 2>/dev/null || true; cd /; rm -rf "$work"' EXIT

unpack tmux=3.3a-3 libevent-core-2.1-7=2.1.12-stable-8 libutempter0=1.2.1-3
size() { t seen display-message -p -t '=agent:' '#{window_width}x#{window_height}'; }
clients() { t seen list-clients -F x | wc -l; }
await() { # COUNT: until so many clients are there
    local _
    for _ in {1..100}; do
        [[ $(clients) != "$1" ]] || return 0
        sleep 0.05
    done
}
look() { # NAME WIDTH HEIGHT OPTION...: a client in a terminal of that size
    local name=$1 width=$2 height=$3
    shift 3
    t eyes new-session -d -s "$name" -x "$width" -y "$height" \
        "env -u TMUX tmux -L finding-seen attach-session $* -t =agent"
}
t eyes new-session -d -s base -x 80 -y 24 sleep 60
t seen new-session -d -s agent -x 200 -y 50 sleep 60
check "the window, watched by nobody" 200x50 "$(size)"
look alone 90 30 -r -f ignore-size
await 1
check "with one read-only client that ignores its size" 90x29 "$(size)"
t eyes kill-session -t '=alone'
await 0
check "after it has left" 90x29 "$(size)"
look first 120 40
await 1
look second 70 20 -r -f ignore-size
await 2
check "beside another client of 120x40" 120x39 "$(size)"
t seen capture-pane -p -t '=agent:' >/dev/null
check "after a capture" 120x39 "$(size)"
verdict
