#!/usr/bin/env bash
# One would expect: a process in a pane that is sent SIGSTOP stays stopped until it is sent SIGCONT.
# Found: the pane's own process is continued by the tmux server at once, and nothing tells of it. A process below it
# stays stopped, and tmux shows nothing of that: `pane_dead` is 0 and the current command is what it was.
# Matters: pausing an agent by a signal to `pane_pid` does nothing; whether one is stopped is told by the kernel alone,
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
state() { # PID: stopped or not, by the kernel, a while after the signal
    sleep 1
    case $(sed 's/.*) //; s/ .*//' "/proc/$1/stat") in T) echo stopped ;; *) echo "goes on" ;; esac
}
t new-session -d -s own sleep 60
t new-session -d -s below "sleep 61; true"
own=$(t display-message -p -t '=own:' '#{pane_pid}')
above=$(t display-message -p -t '=below:' '#{pane_pid}')
for _ in {1..100}; do
    below=$(pgrep -P "$above" || true)
    [[ -z $below ]] || break
    sleep 0.05
done
kill -STOP "$own"
check "the pane's own process" "goes on" "$(state "$own")"
kill -STOP "$below"
check "a process below it" stopped "$(state "$below")"
check "what tmux tells of that" "0 sh" "$(t list-panes -t '=below:' -F '#{pane_dead} #{pane_current_command}')"
verdict
