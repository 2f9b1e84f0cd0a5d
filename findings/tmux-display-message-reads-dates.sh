#!/usr/bin/env bash
# One would expect: the same format gives the same text in `display-message -p` and in `list-panes -F`.
# Found: `display-message -p` (like `pipe-pane`) first takes every `%` for strftime: `%Y` becomes the year, and
# `a%20bc`, a name encoded for a URL, becomes the month in twenty columns. What comes *out of* a variable is left
# alone. `list-panes -F`, its `-f` and the conditions of `if-shell -F` read no dates.
# Matters: a row or a guard with a literal per cent sign means another thing by the command that gets it. Read rows
# by list-panes, or double the sign.
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

t new-session -d -s 'job-%Y' -n '50%Y' sleep 60
year=$(date +%Y)
shown() { t display-message -p -t '=job-%Y:' "$1"; }
kind() { [[ $1 == *"$year"* ]] && echo "the year" || echo "as it is"; }
check "list-panes -F 100%Y" "as it is" "$(kind "$(t list-panes -a -F '100%Y')")"
check "display-message -p 100%Y" "the year" "$(kind "$(shown '100%Y')")"
check "display-message -p 100%%Y" "100%Y" "$(shown '100%%Y')"
check "list-panes -F a%20bc" 'a%20bc' "$(t list-panes -a -F 'a%20bc')"
check "display-message -p a%20bc, its length" 22 "$(shown 'a%20bc' | awk '{ print length($0) }')"
check "display-message -p of two variables" "job-%Y 50%Y" "$(shown '#{session_name} #{window_name}')"
check "if-shell -F asks whether %Y is $year" no \
    "$(t if-shell -F "#{==:%Y,$year}" 'display-message -p yes' 'display-message -p no')"
t pipe-pane -t '=job-%Y:' "cat >'$work/log-%Y'"
for _ in {1..50}; do [[ ! -e $work/log-$year ]] || break; sleep 0.1; done
check "pipe-pane into log-%Y" "log-$year" "$(basename "$work"/log-*)"

verdict
