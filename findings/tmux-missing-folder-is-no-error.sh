#!/usr/bin/env bash
# One would expect: `new-session -c FOLDER` fails where FOLDER is not there, or at least starts in HOME.
# Found: exit status 0, and the command runs in the folder that the *server* was once started from.
# `pane_start_path` and `session_path` go on naming the missing folder; `pane_current_path` tells the truth. The
# value is a format as well: an existing folder `job#S` is looked for under another name, and `##` is needed.
# Matters: an agent with a mistyped or not yet mounted folder would work in whatever folder the holder began in.
# Check the folder first, double each `#`, and believe `pane_current_path` alone.
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

mkdir "$work/server" "$work/client" "$work/job#S"
cd "$work/server"
t new-session -d -s holder sleep 60
cd "$work/client"
ran_in() { # NAME FOLDER: where the session's command found itself
    t new-session -d -s "$1" -c "$2" sh -c "pwd >\"\$0\"; exec sleep 60" "$work/$1"
    await "$work/$1"
    local folder
    folder=$(cat "$work/$1")
    echo "${folder#"$work/"}"
}
shown() { t display-message -p -t missing: "$1"; }

check "told nowhere, it ran in" server "$(ran_in missing "$work/nowhere")"
check pane_start_path nowhere "$(basename "$(shown '#{pane_start_path}')")"
check session_path nowhere "$(basename "$(shown '#{session_path}')")"
check pane_current_path server "$(basename "$(shown '#{pane_current_path}')")"
check "told job#S, which exists, it ran in" server "$(ran_in plain "$work/job#S")"
check "told job##S, it ran in" 'job#S' "$(ran_in doubled "$work/job##S")"

verdict
