#!/usr/bin/env bash
# One would expect: `kill-session` ends what runs in the session, and `list-panes -a` has a row for each pane.
# Found: a window that another session has as well goes on there, and its process with it; the status is 0. So it is
# with a session of a group (`new-session -t`, as a second screen of the same windows) and with a linked window
# (`link-window`). Such a pane has a row in `list-panes -a` for each session that it is in, with the same pane_id and
# pane_pid, so that rows are no count of processes.
# Matters: who stops a service by ending its session must look whether its process has ended, and who counts by rows
# takes one process for two. A person who watches by a session of the same group keeps it alive.
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
way=none
t() { tmux -L "finding-$way" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null || true; cd /; rm -rf "$work"' EXIT
await() { # FILE: until it has a whole line
    local _
    for _ in {1..100}; do
        ! grep -qs . "$1" || return 0
        sleep 0.05
    done
}

rows() { t list-panes -a -F '#{pane_id} #{session_name}' | awk -v pane="$1" '$1 == pane' | wc -l; }
pane_of() { t display-message -p -t "=$1:" '#{pane_id}'; }
lives() { kill -0 "$1" 2>/dev/null && echo lives || echo ended; }
ends() { # PID: what it is within two seconds
    local _
    for _ in {1..40}; do
        [[ $(lives "$1") == lives ]] || break
        sleep 0.05
    done
    lives "$1"
}
for way in alone group link; do
    t new-session -d -s agent sleep 60
    t new-session -d -s other sleep 60
    case $way in
    group) t new-session -d -s view -t '=agent' ;;
    link) t link-window -d -s '=agent:' -t '=other:' ;;
    esac
    pid=$(t display-message -p -t '=agent:' '#{pane_pid}')
    expected=(1 ended)
    [[ $way == alone ]] || expected=(2 lives)
    check "$way: rows of the pane" "${expected[0]}" "$(rows "$(pane_of agent)")"
    status=0
    t kill-session -t '=agent' || status=$?
    check "$way: status of kill-session" 0 "$status"
    check "$way: the session" "is gone" "$(t has-session -t '=agent' 2>/dev/null && echo "is there" || echo "is gone")"
    check "$way: its process" "${expected[1]}" "$(ends "$pid")"
    t kill-server
done

verdict
