#!/usr/bin/env bash
# One would expect: `load-buffer -b NAME -` with empty input gives an empty buffer, or an error.
# Found: exit status 0 and nothing is done: a buffer of that name keeps its old text, and one that was not there is
# still missing. `set-buffer -b NAME ''` is the same.
# Matters: a sender that reuses a buffer name would paste the *previous* message into an agent when the new one came
# out empty (a failed command before the pipe). Refuse empty text, and use a name once.
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

t new-session -d sleep 60
printf 'the message before' | t load-buffer -b message -
status=0
printf '' | t load-buffer -b message - || status=$?
check "status of an empty load" 0 "$status"
check "the buffer" "the message before" "$(t show-buffer -b message)"
status=0
t set-buffer -b message '' || status=$?
check "status of an empty set" 0 "$status"
check "the buffer" "the message before" "$(t show-buffer -b message)"
status=0
printf '' | t load-buffer -b fresh - || status=$?
check "status of an empty load of a new name" 0 "$status"
check "showing that one" "no buffer fresh" "$(t show-buffer -b fresh 2>&1 || true)"

verdict
