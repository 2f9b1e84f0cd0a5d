#!/usr/bin/env bash
# Keeps the tmux server that the agents' sessions live on.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: tmux-holder.sh run     keep the server, in the foreground, until SIGTERM
       tmux-holder.sh ready   return once the server answers and has its holder session

Environment (mosaic-tmux-holder.service reads it from fleet/holder.env):
  MOSAIC_TMUX_SOCKET   socket name for tmux -L (default mosaic-fleet); empty: the default socket
  MOSAIC_TMUX_HOLDER   name of the holder session (default _holder)
  MOSAIC_TMUX_CONF     tmux configuration of a named server (default: none is read)

With a socket name the process is the tmux server itself, and ends with it. The server
and all that runs in it have MOSAIC_AGENT_HOME, the home that this script is in. With an empty
name only the holder session is kept, on the operator's default server: a missing server
is started in a scope of its own, and SIGTERM ends the holder session, never the server.

Exit status: 0 done, 1 tmux failed or the server went away, 2 bad usage,
78 bad settings, or the socket belongs to a server that somebody else started.

Example: MOSAIC_TMUX_SOCKET=mosaic-second tmux-holder.sh run
HELP
}

fail() {
    printf 'tmux-holder: %s\n' "$2" >&2
    [[ ${action-} != ready || $1 -ne 78 ]] || await_main
    exit "$1"
}

# What this unit runs ends with that status as well: were it not let do so, systemd would end it, and try again.
await_main() {
    local _
    for _ in {1..50}; do
        [[ -n ${MAINPID-} ]] && kill -0 "$MAINPID" 2>/dev/null || return 0
        sleep 0.1
    done
}

main() {
    case ${1-} in
        -h | --help) usage; exit 0 ;;
        run | ready) [[ $# -eq 1 ]] || { usage >&2; exit 2; } ;;
        *) usage >&2; exit 2 ;;
    esac
    action=$1
    unset TMUX TMUX_PANE
    name=${MOSAIC_TMUX_SOCKET-mosaic-fleet}
    holder=${MOSAIC_TMUX_HOLDER:-_holder}
    [[ $holder =~ ^[A-Za-z0-9_][A-Za-z0-9_-]*$ ]] \
        || fail 78 "MOSAIC_TMUX_HOLDER='$holder' is no session name"
    if [[ -z $name ]]; then
        socket=()
    elif [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]*$ ]]; then
        socket=(-L "$name")
    else
        fail 78 "MOSAIC_TMUX_SOCKET='$name' is no socket name"
    fi
    "$1"
}

# -N: asking never starts a server.
ask() { tmux -N -u "${socket[@]}" "$@"; }

server_pid() { ask display-message -p '#{pid}' 2>/dev/null; }

run() {
    if [[ -n $name ]]; then
        run_server
    else
        keep_session_on_default
    fi
}

run_server() {
    local pid
    if pid=$(server_pid); then
        fail 78 "a tmux server (pid $pid) already answers on socket $name, started by somebody else"
    fi
    end_left_over
    # tmux 3.5 and later gives every pane a scope of its own where it reaches the user's bus: an agent would outlive the
    # server and this unit. `ready` gives the panes the bus back.
    MOSAIC_AGENT_HOME=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
    exec "${clean[@]}" MOSAIC_AGENT_HOME="$MOSAIC_AGENT_HOME" DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent tmux -f "${MOSAIC_TMUX_CONF:-/dev/null}" -D -L "$name"
}

# What a server that was killed left behind on this socket: panes outlive it in scopes of their own, which earlier
# releases let tmux make, where no hang-up ends them. Their agents would run twice. A server that was started in such a
# pane is somebody's own.
end_left_over() {
    local path=${TMUX_TMPDIR:-/tmp}/tmux-$UID/$name file pid pane files left=()
    mapfile -t files < <(grep -lsz '^TMUX=' /proc/[0-9]*/environ)
    for file in "${files[@]}"; do
        pid=${file//[^0-9]/}
        # A container has other numbers: by them its server seems to have ended.
        [[ /proc/$pid/ns/pid -ef /proc/self/ns/pid ]] || continue
        pane=$(tr '\0' '\n' 2>/dev/null <"$file" | sed -n 's/^TMUX=\(.*\),[^,]*$/\1/p') || continue
        # The file may have two names; the server whose it was has ended.
        [[ ${pane%,*} == "$path" || ${pane%,*} -ef $path ]] || continue
        is_tmux "${pane##*,}" || is_tmux "$pid" || left+=("$pid")
    done
    [[ ${#left[@]} -gt 0 ]] || return 0
    kill -TERM "${left[@]}" 2>/dev/null || true
    for _ in {1..50}; do
        kill -0 "${left[@]}" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "${left[@]}" 2>/dev/null || true
}

is_tmux() { [[ $(cat "/proc/$1/comm" 2>/dev/null) == tmux* ]]; }

# Panes that people make have the server's environment.
give_bus_back() {
    if [[ -n ${DBUS_SESSION_BUS_ADDRESS-} ]]; then
        ask set-environment -g DBUS_SESSION_BUS_ADDRESS "$DBUS_SESSION_BUS_ADDRESS"
    else
        ask set-environment -gu DBUS_SESSION_BUS_ADDRESS
    fi
}

# What describes this unit must not become every pane's environment.
clean=(env -u MOSAIC_TMUX_SOCKET -u MOSAIC_TMUX_HOLDER -u MOSAIC_TMUX_CONF -u MAINPID
    -u MANAGERPID -u INVOCATION_ID -u JOURNAL_STREAM -u SYSTEMD_EXEC_PID
    -u MEMORY_PRESSURE_WATCH -u MEMORY_PRESSURE_WRITE -u MANAGERPIDFDID)

keep_session_on_default() {
    local server
    trap 'stop_keeping' TERM INT
    server_pid >/dev/null || start_default_server
    server=$(server_pid) || fail 1 "the default tmux server did not start"
    while [[ $(server_pid) == "$server" ]]; do
        ensure_holder_session
        sleep 5 &
        wait $! || true
    done
    fail 1 "the default tmux server (pid $server) went away, and its sessions with it"
}

start_default_server() {
    local scope=()
    if [[ -n ${INVOCATION_ID-} ]]; then
        # Otherwise the server would end with this unit.
        scope=(systemd-run --user --scope --quiet --collect --description="default tmux server" --)
    fi
    "${scope[@]}" "${clean[@]}" tmux new-session -d -s "$holder" sleep infinity \
        || fail 1 "cannot start the default tmux server outside this unit; start tmux by hand"
}

ensure_holder_session() {
    has_holder_session || ask new-session -d -s "$holder" sleep infinity || has_holder_session
}

has_holder_session() {
    local names
    names=$(ask list-sessions -F '#{session_name}' 2>/dev/null) && grep -Fxq -e "$holder" <<<"$names"
}

# systemd signals every process of the unit, and for a moment also those that come meanwhile: a tmux
# that was started at once would be ended before it has asked the server. sleep is not: it ignores
# what this shell ignores.
stop_keeping() {
    trap '' TERM INT
    sleep 0.3
    end_holder_session
    exit 0
}

end_holder_session() { ask kill-session -t "=$holder" 2>/dev/null || true; }

# The server of this unit ends by itself where another one has the socket, with the status that says so; failing before
# it does would have systemd end it, and try again.
ready() {
    local pid other=
    for _ in {1..100}; do
        if pid=$(server_pid); then
            if [[ -z $name ]]; then
                # On the default server `run` makes the session, once it is ready to end it again.
                ! has_holder_session || return 0
            elif [[ ${MAINPID:-$pid} == "$pid" ]]; then
                give_bus_back
                ensure_holder_session
                return
            else
                other=$pid
            fi
        fi
        [[ -z ${MAINPID-} ]] || kill -0 "$MAINPID" 2>/dev/null || fail 1 "what this unit runs has ended"
        sleep 0.1
    done
    [[ -z $other ]] || fail 78 "socket $name is answered by pid $other, which is not the server of this unit"
    fail 1 "no tmux server answered within 10 seconds"
}

main "$@"
