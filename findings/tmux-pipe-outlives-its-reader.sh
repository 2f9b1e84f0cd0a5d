#!/usr/bin/env bash
# One would expect: once the program that `pipe-pane` feeds has ended, `#{pane_pipe}` is 0, and a new one can be opened.
# Found: tmux notices only with the pane's next output. Until then `pane_pipe` stays 1, a `pipe-pane -o` opens nothing
# and ends the dead pipe instead, with status 0 and not a word; the next one opens.
# Matters: whoever follows an idle agent's pane must not take `pane_pipe` for a reader that lives, and must look whether
# its own `pipe-pane -o` opened anything.
# of the processes below the pane's.
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

unpack tmux=3.3a-3 libevent-core-2.1-7=2.1.12-stable-8 libutempter0=1.2.1-3
t new-session -d -s quiet 'read -r _; echo said; read -r _'
pipe() { t display-message -p -t '=quiet:' '#{pane_pipe}'; }
reader() { # STARTED: how many readers were started until now
    for _ in {1..100}; do
        [[ $(grep -c . "$work/readers" 2>/dev/null) != "$1" ]] || break
        sleep 0.05
    done
    tail -n 1 "$work/readers"
}
open="echo \$\$ >>'$work/readers'; exec cat"
t pipe-pane -o -t '=quiet:' "$open"
first=$(reader 1)
check "the pipe while its reader lives" 1 "$(pipe)"
kill -KILL "$first"
sleep 1
check "a second after its reader was killed" 1 "$(pipe)"
status=0
said=$(t pipe-pane -o -t '=quiet:' "$open" 2>&1) || status=$?
sleep 1
check "pipe-pane -o then: status, words, pipe, readers ever started" "0 '' 0 1" \
    "$status '$said' $(pipe) $(grep -c . "$work/readers")"
t pipe-pane -o -t '=quiet:' "$open"
kill -KILL "$(reader 2)"
t send-keys -t '=quiet:' x Enter
sleep 1
check "after a reader was killed and the pane has said something" 0 "$(pipe)"
verdict
