#!/usr/bin/env bash
# One would expect: `buffer-limit` (50) bounds the paste buffers, and `paste-buffer -d` leaves none behind.
# Found: the limit counts only buffers that tmux named itself; those made with `-b` are kept without end. `-d`
# deletes after a paste that worked: where the pane is gone, the buffer stays.
# Matters: a sender that makes a named buffer for each message leaves the text of each failed one in the server, to
# be read by anyone on that socket for weeks. It must delete the buffer itself where the paste did not happen.
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

t new-session -d -s a sleep 60
for i in {1..60}; do
    t set-buffer -b "own$i" x \; set-buffer "x$i"
done
count() { t list-buffers -F '#{buffer_name}' | grep -c "^$1" || true; }
check "buffer-limit" 50 "$(t show-options -gv buffer-limit)"
check "buffers that tmux named, of 60" 50 "$(count buffer)"
check "buffers named by -b, of 60" 60 "$(count own)"

status=0
t set-buffer -b lost secret \; paste-buffer -d -b lost -t nobody: 2>/dev/null || status=$?
check "status of a paste with -d to nobody" 1 "$status"
check "its buffer" secret "$(t show-buffer -b lost)"

verdict
