#!/usr/bin/env bash
# One would expect: `new-session -e PATH=...` gives the pane that PATH, as `-e` does with every other variable.
# Found: PATH alone is taken from the environment of the client that sends the command, in spite of `-e`, though
# `show-environment` says otherwise. Inside the same session a later window follows *its* client again.
# Matters: a starter that calls tmux must have the wanted PATH itself (or set it in the command); handing it over by
# `-e`, or looking at `show-environment`, proves nothing about what the agent finds.
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

tell="echo \"\$PATH\" >\"\$0\"; exec sleep 60"
t new-session -d -s holder sleep 60
has() { grep -q "$2" "$work/$1" && echo yes || echo no; }

PATH=$PATH:/of-the-client t new-session -d -s agent -e PATH=/wanted:/usr/bin:/bin -e OTHER=wanted \
    sh -c "$tell" "$work/first"
await "$work/first"
check "the pane has what -e says" no "$(has first /wanted)"
check "the pane has the client's" yes "$(has first /of-the-client)"
check "show-environment PATH" PATH=/wanted:/usr/bin:/bin "$(t show-environment -t agent PATH)"
check "show-environment OTHER" OTHER=wanted "$(t show-environment -t agent OTHER)"

PATH=$PATH:/of-another t new-window -d -t agent: -e PATH=/wanted:/usr/bin:/bin sh -c "$tell" "$work/second"
await "$work/second"
check "a second window has that client's" yes "$(has second /of-another)"

verdict
