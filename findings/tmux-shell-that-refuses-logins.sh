#!/usr/bin/env bash
# One would expect: a service account, whose shell is /usr/sbin/nologin, can run a command in tmux, or tmux says
# that it cannot.
# Found: a command given as *one* word goes through that shell: `new-session` ends 0, the shell says "not
# available", and the session, with it the server, is gone at once. The same command as two words or more is
# executed without a shell and runs.
# Matters: fleets often run under an account without a login shell. Always hand tmux a command as several words (`sh
# -c ...`), and look whether the session lives, as the exit status does not tell.
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

command -v /usr/sbin/nologin
export SHELL=/usr/sbin/nologin
status=0
t new-session -d -s one 'sleep 60' || status=$?
check "one word: status" 0 "$status"
for _ in {1..50}; do t list-sessions >/dev/null 2>&1 || break; sleep 0.1; done
check "one word: sessions" "" "$(t list-sessions -F '#{session_name}' 2>/dev/null || true)"
status=0
t new-session -d -s two sleep 60 || status=$?
check "two words: status" 0 "$status"
sleep 1
check "two words: sessions" two "$(t list-sessions -F '#{session_name}')"
t set-option -g default-shell /bin/sh \; new-session -d -s three 'sleep 60'
sleep 1
check "one word, default-shell set" "three two" "$(t list-sessions -F '#{session_name}' | xargs)"

verdict
