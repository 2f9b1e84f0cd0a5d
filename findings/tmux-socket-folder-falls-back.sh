#!/usr/bin/env bash
# One would expect: with TMUX_TMPDIR set to a folder that is not there, tmux makes it or fails.
# Found: it silently uses /tmp instead. Once the folder appears, the same command looks there, finds no server and
# would start a second one, while the first runs on with all its sessions.
# Matters: a unit that starts before its runtime folder is mounted or made, and a person who asks later, see two
# different fleets. Whoever computes the socket's path must fall back in the same way, and doctor should name the
# path.
set -euo pipefail

work=$(mktemp -d -p /var/tmp)
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

folder=$work/later
inside() { # in a mount namespace of its own: the real /tmp stays untouched
    mount -t tmpfs tmpfs /tmp
    local TMUX_TMPDIR=$folder
    t new-session -d -s agent sleep 60
    echo "it listens at $(t display-message -p '#{socket_path}')"
    mkdir "$folder"
    echo "the folder there, it says: $(t list-sessions 2>&1 || true)"
    TMUX_TMPDIR=/tmp
    echo "asked in /tmp, it says: $(t list-sessions -F '#{session_name}')"
    t kill-server
}
export folder
export -f inside t
user=$(id -u)
seen=$(unshare --mount --propagation private bash -c inside)
seen=${seen//"$work"/WORK}
check "seen" "it listens at /tmp/tmux-$user/finding
the folder there, it says: error connecting to WORK/later/tmux-$user/finding (No such file or directory)
asked in /tmp, it says: agent" "$seen"

verdict
