#!/usr/bin/env bash
# One would expect: a name in a format that is no format variable and no option is empty.
# Found: it is looked up in the environment, too: in the session's, and where that lacks it in the one that the server was
# started with. So every session without the variable shows the server's own value, and one that unset it with
# `set-environment -u` as well; only `-r`, which marks it as removed, leaves it empty. `show-environment -t` shows the
# session's alone.
# Matters: a variable of the one who started the server looks like one of every session: identity by a format needs a
# second look.
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
seen() { t list-panes -t "=$1:" -F '#{WHO}'; }
WHO=starter t new-session -d -s first sleep 60
t new-session -d -s own -e WHO=own sleep 60
t new-session -d -s other sleep 60
check "a session with the variable" own "$(seen own)"
check "one without it" starter "$(seen other)"
check "its own environment" "no WHO" "$(t show-environment -t '=other' WHO 2>/dev/null || echo "no WHO")"
t set-environment -t '=own' -u WHO
check "after it was unset" starter "$(seen own)"
t set-environment -t '=own' -r WHO
check "after it was marked as removed" "" "$(seen own)"
verdict
