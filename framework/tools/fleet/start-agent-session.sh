#!/usr/bin/env bash
# Gives one agent its own tmux session, or ends exactly that session.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: start-agent-session.sh NAME          create the session NAME, or keep the one that lives
       start-agent-session.sh --stop NAME   end the session NAME and no other

Environment (systemd reads it from fleet/agents/NAME.env):
  MOSAIC_AGENT_NAME      must equal NAME where it is set
  MOSAIC_AGENT_RUNTIME   claude, codex, pi (default), opencode, or one that the roster defines
  MOSAIC_AGENT_PROGRAM   shell command of a runtime that the roster defines
  MOSAIC_AGENT_MODEL     passed to the runtime as --model; empty: the runtime's own choice
  MOSAIC_AGENT_WORKDIR   default ~/src; a leading ~, $HOME or ${HOME} is expanded
  MOSAIC_AGENT_COMMAND   shell command that replaces the runtime and its model
  MOSAIC_AGENT_HEARTBEATS  1: what runs in the session writes heartbeats, see guides/heartbeat.md
  MOSAIC_TMUX_SOCKET     socket name for tmux -L; empty or absent: the default socket

The script never starts a tmux server: the holder owns it. The session gets this
environment, with the PATH of a login shell appended to its own, and MOSAIC_AGENT_HOME,
the home that this script is in. A Claude in it is capped at a context of 200,000 tokens.
Codex starts with --no-daemon: agents of one HOME would share a process, and one another's
environment. What lets a runtime run for weeks is set where you have not set it:
CLAUDE_CODE_RETRY_WATCHDOG, DISABLE_AUTOUPDATER, PI_SKIP_VERSION_CHECK, PI_PROGRAM_STATUS and
OPENCODE_DISABLE_AUTOUPDATE to 1, and codex's check for updates off; for opencode, until its plugin runs,
npm_config_fetch_retries to 0 and npm_config_fetch_timeout to 10000.

An agent keeps its own conversation: claude by an id that is made of host and NAME, pi by NAME
or the id that it has since a /new, codex by the one that it had at the end of a turn, opencode by
the one that it had last; tools/fleet/hooks/pi.js and opencode.js write them down.
fleet/run/NAME.session of the home has the id where it is another one, as "RUNTIME ID", and "-" for
one that is to begin, after `mosaic agent reset`. A
conversation that some process has open is not taken up, and where one cannot be continued, the
agent begins anew and says so. With a command of your own, `mosaic yolo RUNTIME` takes the same
words from MOSAIC_AGENT_CONVERSATION, and those of its hooks from MOSAIC_AGENT_HOOKS, one a line.

An agent counts as started once it has lived for three seconds. What one that ended
sooner said last, or why none was started, is on standard error, and until the next
start in $XDG_RUNTIME_DIR/mosaic/NAME.last-words.

A session of that name that is somebody else's is neither taken for the agent nor ended.

Exit status: 0 done, 1 tmux or the command failed or the name is taken, 2 bad usage or
settings, 3 no tmux server on the socket.

Example: MOSAIC_TMUX_SOCKET=mosaic-fleet start-agent-session.sh coder0
HELP
}

fail() {
    printf 'start-agent-session: %s\n' "$2" >&2
    [[ -z ${last_words-} ]] || printf '%s\n' "$2" >"$last_words" 2>/dev/null || true
    exit "$1"
}

main() {
    local action=start
    case ${1-} in
        -h | --help) usage; exit 0 ;;
        --stop) action=stop; shift ;;
    esac
    [[ $# -eq 1 ]] || { usage >&2; exit 2; }
    name=$1
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] \
        || fail 2 "'$name' is no agent name: letters, digits, _ and -, a letter or digit first"
    choose_socket
    conversation=() hooks=() beats_beside="" runtime_folder=""
    this_home=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
    "$action"
}

choose_socket() {
    # Plain tmux would follow $TMUX to the server of the pane this was called from.
    unset TMUX TMUX_PANE
    socket=()
    where="the default socket"
    [[ -n ${MOSAIC_TMUX_SOCKET-} ]] || return 0
    [[ $MOSAIC_TMUX_SOCKET =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]*$ ]] \
        || fail 2 "MOSAIC_TMUX_SOCKET='$MOSAIC_TMUX_SOCKET' is no socket name"
    socket=(-L "$MOSAIC_TMUX_SOCKET")
    where="socket $MOSAIC_TMUX_SOCKET"
}

# -N: without a server this fails. A server forked here would belong to the agent's unit.
fleet_tmux() { tmux -N -u "${socket[@]}" "$@"; }

start() {
    keep_last_words
    [[ ${MOSAIC_AGENT_NAME:-$name} == "$name" ]] \
        || fail 2 "asked for $name, but MOSAIC_AGENT_NAME is ${MOSAIC_AGENT_NAME}: another agent's environment"
    choose_command
    choose_workdir
    server_answers \
        || fail 3 "no tmux server on $where; start the holder: systemctl --user start mosaic-tmux-holder.service"
    find_session
    [[ -z $session_id ]] || is_own_session || refuse_name
    if [[ $living -gt 0 ]]; then
        printf 'session %s is already there on %s\n' "$name" "$where"
        return
    fi
    if [[ -n $session_id ]]; then
        fleet_tmux kill-session -t "$session_id" # every pane in it is dead
    fi
    end_left_over
    choose_conversation
    choose_hooks
    choose_command
    take_turn
    create_session
    confirm_session
    await_paint
    printf 'session %s started on %s\n' "$name" "$where"
}

# Nothing is kept where there is no place that ends with the login.
keep_last_words() {
    [[ -d ${XDG_RUNTIME_DIR-} ]] || return 0
    runtime_folder=$XDG_RUNTIME_DIR/mosaic
    mkdir -m 700 -- "$runtime_folder" 2>/dev/null || [[ -d $runtime_folder ]] || { runtime_folder=""; return; }
    last_words=$runtime_folder/$name.last-words
    rm -f -- "$last_words" || true
}

is_opencode() { [[ ${MOSAIC_AGENT_RUNTIME:-pi} == opencode ]] && is_known_start; }

# Opencode takes whole processors and a gigabyte until its screen is painted: agents of it start one after the other, as
# far as the time that systemd gives them goes.
take_turn() {
    local turn
    is_opencode && [[ -n $runtime_folder ]] || return 0
    exec {turn}>"$runtime_folder/opencode.turn"
    flock -w 30 "$turn" || true
}

await_paint() {
    is_opencode || return 0
    local shown
    for _ in {1..40}; do
        shown=$(fleet_tmux capture-pane -p -t "$session_id:" 2>/dev/null) || return 0
        [[ $shown != *[![:space:]]* ]] || return 0
        sleep 0.5
    done
}

stop() {
    [[ -n ${MOSAIC_TMUX_SOCKET+set}${MOSAIC_AGENT_NAME+set} ]] \
        || fail 2 "neither MOSAIC_TMUX_SOCKET nor MOSAIC_AGENT_NAME is set: which server is meant?"
    end_session
}

choose_command() {
    local runtime=${MOSAIC_AGENT_RUNTIME:-pi}
    if [[ -n ${MOSAIC_AGENT_COMMAND-} ]]; then
        [[ $EUID -ne 0 || ! $MOSAIC_AGENT_COMMAND =~ (^|[/ ])claude\ .*--dangerously-skip-permissions ]] \
            || fail 1 "claude does not start with --dangerously-skip-permissions as root"
        command=(bash -c "$MOSAIC_AGENT_COMMAND")
        local given=()
        [[ ${#conversation[@]} -eq 0 ]] || given+=("MOSAIC_AGENT_CONVERSATION=${conversation[*]}")
        [[ ${#hooks[@]} -eq 0 ]] || given+=("MOSAIC_AGENT_HOOKS=$(printf '%s\n' "${hooks[@]}")")
        [[ ${#given[@]} -eq 0 ]] || command=(env "${given[@]}" "${command[@]}")
        return
    fi
    case $runtime in
        claude | pi | opencode) command=("$runtime") ;;
        codex) command=(codex --no-daemon -c check_for_update_on_startup=false) ;;
        *)
            [[ -n ${MOSAIC_AGENT_PROGRAM-} ]] \
                || fail 2 "unknown runtime '$runtime': claude, codex, pi, opencode, or one with MOSAIC_AGENT_PROGRAM"
            command=(bash -c "$MOSAIC_AGENT_PROGRAM") # it knows what to do with MOSAIC_AGENT_MODEL
            return
            ;;
    esac
    if [[ -n ${MOSAIC_AGENT_MODEL-} ]]; then
        command+=(--model "$MOSAIC_AGENT_MODEL")
    fi
    command+=("${hooks[@]}" "${conversation[@]}")
}

# Whether the runtime is started as Mosaic knows it.
is_known_start() {
    [[ -z ${MOSAIC_AGENT_COMMAND-} || $MOSAIC_AGENT_COMMAND == *"mosaic yolo ${MOSAIC_AGENT_RUNTIME:-pi}"* ]]
}

# The words that let the runtime write heartbeats itself, for this session alone; codex its conversation, too. Where it
# cannot beat while it is idle, a script beside it does.
choose_hooks() {
    local folder=$this_home/tools/fleet/hooks
    [[ ${MOSAIC_AGENT_HEARTBEATS-} != 1 ]] || beats_beside=$this_home/tools/fleet/beat.sh
    is_known_start || return 0
    case ${MOSAIC_AGENT_RUNTIME:-pi}:$beats_beside in
        claude:?*)
            # A status line of the operator's own stays.
            if grep -qs '"statusLine"' "$(claude_folder)/settings.json"; then
                hooks=(--settings "$folder/claude.json")
            else
                hooks=(--settings "$folder/claude-status.json") beats_beside=""
            fi
            ;;
        codex:*) # a program of the operator's own stays
            json_text "$folder/codex.sh"
            grep -qsE '^[[:space:]]*notify[[:space:]]*=' "${CODEX_HOME:-$HOME/.codex}/config.toml" \
                || hooks=(-c "notify=[$quoted]")
            ;;
        pi:*) hooks=(--extension "$folder/pi.js") beats_beside="" ;;
        opencode:?*) has_own_configuration || beats_beside="" ;; # its plugin does it
    esac
}

# Quotes $1 for JSON and TOML, into quoted.
json_text() {
    quoted=${1//\\/\\\\}
    quoted="\"${quoted//\"/\\\"}\""
}

# Opencode takes a plugin by this variable; one that the operator has set stays as it is.
has_own_configuration() { [[ -n ${OPENCODE_CONFIG_CONTENT-} ]]; }

# The words by which the runtime goes on with this agent's own conversation. "The last one" would be another agent's.
choose_conversation() {
    local runtime=${MOSAIC_AGENT_RUNTIME:-pi} kept="" id=""
    is_known_start || return 0
    if read -r kept id <"$this_home/fleet/run/$name.session" 2>/dev/null \
        && [[ $kept != "$runtime" || ! $id =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]]; then
        id=""
    fi
    case $runtime in
        claude)
            id=${id:-$(uuid5 "$(host_name)/$name")}
            if is_open_in_claude "$id"; then
                say_anew "a process has it open"
            elif [[ -n $(compgen -G "$(claude_folder)/projects/*/$id.jsonl") ]]; then
                conversation=(--resume "$id")
            else
                conversation=(--session-id "$id" -n "$name")
            fi
            ;;
        pi) conversation=(--session-id "${id:-$name}" -n "$name") ;;
        codex) [[ -z $id ]] || conversation=(resume "$id") ;;
        opencode) [[ -z $id ]] || conversation=(-s "$id") ;;
    esac
}

say_anew() { printf '%s begins a new conversation; its own cannot be continued: %s\n' "$name" "$1" >&2; }

claude_folder() { printf '%s' "${CLAUDE_CONFIG_DIR:-$HOME/.claude}"; }

is_open_in_claude() {
    local file pid
    while IFS= read -r file; do
        pid=${file##*/}
        [[ $(cat "/proc/${pid%.json}/comm" 2>/dev/null) != claude ]] || return 0
    done < <(grep -lsF "\"$1\"" "$(claude_folder)"/sessions/*.json)
    return 1
}

host_name() {
    local host
    host=$(</proc/sys/kernel/hostname)
    printf '%s' "${host%%.*}"
}

# The UUID of a name, version 5, in a space of Mosaic's own.
uuid5() {
    local hash
    hash=$(printf '\x6d\x6f\x73\x61\x69\x63\x46\x6c\xa5\x65\x74\x41\x67\x65\x6e\x74%s' "$1" | sha1sum)
    printf '%s-%s-5%s-%x%s-%s' "${hash:0:8}" "${hash:8:4}" "${hash:13:3}" \
        $((0x${hash:16:1} & 3 | 8)) "${hash:17:3}" "${hash:20:12}"
}

# Writes down which conversation the agent's processes have: one begun anew since has another id.
keep_conversation() {
    local pid file id="" run=$this_home/fleet/run
    for pid in "${pids[@]}"; do
        case $(cat "/proc/$pid/comm" 2>/dev/null) in
            claude)
                file=$(claude_folder)/sessions/$pid.json
                id=$(grep -osE '"sessionId": ?"[A-Za-z0-9-]+"' "$file") || continue
                id=${id%\"} id=claude\ ${id##*\"}
                ;;
            codex)
                MOSAIC_AGENT_NAME=$name MOSAIC_AGENT_HOME=$this_home "$this_home/tools/fleet/hooks/codex.sh" --of "$pid" || true
                ;;
        esac
    done
    [[ -n $id && -d $run ]] || return 0
    file=$run/.$name.session.$$
    if printf '%s\n' "$id" 2>/dev/null >"$file"; then
        mv -f -- "$file" "$run/$name.session" || true
    fi
}

choose_workdir() {
    workdir=${MOSAIC_AGENT_WORKDIR:-\~/src}
    case $workdir in
        \~ | \~/*) workdir=$HOME${workdir#\~} ;;
        \$HOME | \$HOME/*) workdir=$HOME${workdir#\$HOME} ;;
        \$\{HOME\} | \$\{HOME\}/*) workdir=$HOME${workdir#\$\{HOME\}} ;;
    esac
    [[ $workdir == /* ]] || fail 2 "working directory '$workdir' is not absolute"
    if [[ $workdir == "$HOME/src" ]]; then
        mkdir -p -- "$workdir" # the default everyone starts with; any other must exist
    fi
    [[ -d $workdir ]] || fail 2 "working directory $workdir does not exist (MOSAIC_AGENT_WORKDIR)"
}

server_answers() {
    local said
    said=$(fleet_tmux display-message -p '#{pid}' 2>&1) && return 0
    case $said in
        *"no server running"* | *"No such file"* | *"Connection refused"*) return 1 ;;
        *) fail 1 "cannot tell whether $where has a server: $said" ;;
    esac
}

# Sets session_id, living (the number of panes not dead) and pids; names are compared as strings.
find_session() {
    local row rows id dead pid
    session_id="" living=0 pids=()
    [[ -n $(fleet_tmux list-sessions) ]] || return 0 # list-panes fails where nothing is
    rows=$(fleet_tmux list-panes -a -F '#{session_id}|#{pane_dead}|#{pane_pid}|#{session_name}')
    while IFS= read -r row; do
        IFS='|' read -r id dead pid _ <<<"$row"
        [[ ${row#"$id|$dead|$pid|"} == "$name" ]] || continue
        session_id=$id
        if [[ $dead != 1 ]]; then
            living=$((living + 1))
            pids+=("$pid")
        fi
    done <<<"$rows"
}

# A session's name is no identity: a person may have given it to one of his own.
refuse_name() {
    local path
    path=$(fleet_tmux display-message -p '#{socket_path}')
    fail 1 "the session $name on $where is not this agent's, and stays; to give the name free: tmux -S '$path' rename-session -t '=$name' $name-other"
}

# Sessions of earlier releases say nothing. On a server of the fleet's own from then the name tells; elsewhere only what
# was made as this agent's unit started.
is_own_session() {
    local said server
    said=$(fleet_tmux show-environment -t "$session_id" MOSAIC_AGENT_NAME 2>/dev/null) || said=
    case $said in
        "MOSAIC_AGENT_NAME=$name")
            said=$(fleet_tmux show-environment -t "$session_id" MOSAIC_AGENT_HOME 2>/dev/null) || return 0
            is_this_home "${said#*=}"
            ;;
        *=*) return 1 ;;
        *)
            server=$(fleet_tmux display-message -p '#{pid}')
            if [[ ${MOSAIC_TMUX_SOCKET:-default} == default ]] \
                || grep -qsz '^MOSAIC_AGENT_HOME=' "/proc/$server/environ"; then
                began_with_its_unit
            fi
            ;;
    esac
}

# Whether the session's process began while the unit was last being started; all in milliseconds.
began_with_its_unit() {
    local unit="mosaic-agent@$name.service" fields up began from to
    fields=$(cat "/proc/${pids[0]-none}/stat" 2>/dev/null) || return 1
    read -ra fields <<<"${fields##*) }"
    read -r up _ </proc/uptime
    began=$(($(date +%s%3N) - 10#${up/./}0 + fields[19] * 1000 / $(getconf CLK_TCK)))
    from=$(moment InactiveExitTimestamp) && to=$(moment ActiveEnterTimestamp) || return 1
    ((began >= from - 50 && began <= to + 50))
}

moment() {
    local text
    text=$(systemctl --user show --timestamp=us+utc --value -p "$1" "$unit" 2>/dev/null)
    [[ -n $text ]] && date -d "$text" +%s%3N 2>/dev/null
}

# What goes on of this agent though its tmux server has ended: no hang-up ended it, and it must not run twice.
end_left_over() {
    local files pid
    mapfile -t files < <(grep -lszxF -e "MOSAIC_AGENT_NAME=$name" /proc/[0-9]*/environ)
    pids=()
    for pid in "${files[@]//[^0-9]/}"; do
        ! is_left_over "$pid" || pids+=("$pid")
    done
    [[ ${#pids[@]} -gt 0 ]] || return 0
    keep_conversation
    kill -TERM "${pids[@]}" 2>/dev/null || true
    await_end
}

# Sessions of earlier releases do not say which home they are of: it is the usual one. A server that was started in such a
# pane is somebody's own.
is_left_over() {
    local variable home="" user_home="" pane=""
    while IFS= read -r -d "" variable; do
        case $variable in
            MOSAIC_AGENT_HOME=*) home=${variable#*=} ;;
            HOME=*) user_home=${variable#*=} ;;
            TMUX=*) pane=${variable#*=} ;;
        esac
    done 2>/dev/null <"/proc/$1/environ"
    # A container has other numbers: by them its server seems to have ended.
    [[ /proc/$1/ns/pid -ef /proc/self/ns/pid ]] || return 1
    [[ -n $pane ]] || return 1
    if [[ -n $home ]]; then
        is_this_home "$home" || return 1
    else
        [[ $user_home/.config/mosaic -ef $this_home ]] || return 1
    fi
    pane=${pane%,*} # socket, server, session
    ! is_tmux "${pane##*,}" && ! is_tmux "$1"
}

# A home that was moved has agents that say where it was.
is_this_home() { [[ $1 -ef $this_home || ! -d $1 ]]; }

is_tmux() { [[ $(cat "/proc/$1/comm" 2>/dev/null) == tmux* ]]; }

# The command goes through standard input: no secret shows in a process list, no length limit.
create_session() {
    local variable word line
    set_session_environment
    # A beat of an earlier life says nothing of this one.
    rm -f -- "$this_home/fleet/run/$name.hb" || true
    trap 'end_session; exit 0' TERM # systemd runs no --stop for a start it interrupts
    trap 'end_session; exit 130' INT
    quote "${workdir//\#/\#\#}" # -c expands formats
    line="new-session -d -x 200 -y 50 -s $name -c $quoted"
    for variable in $(compgen -e); do
        [[ $variable =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || continue
        quote "$variable=${!variable}"
        line+=" -e $quoted"
    done
    # shellcheck disable=SC2016 # expanded by the shell in the pane
    # What the runtime did not start it would not wait for: the script beside it is no child of its.
    for word in bash -lc 'PATH=$1:$PATH; [ -z "$2" ] || ("$2" --beside $$ </dev/null >/dev/null 2>&1 &); shift 2; exec "$@"' \
        "$name" "$PATH" "$beats_beside" "${command[@]}"; do
        quote "$word"
        line+=" $quoted"
    done
    # A pane that ends while it is looked at stays, with what it said.
    line+=$'\n'"set-option -w -t '=$name:' remain-on-exit on"
    printf '%s\n' "$line" | fleet_tmux source-file - || lost_the_race
}

set_session_environment() {
    export MOSAIC_AGENT_NAME=$name MOSAIC_AGENT_HOME=$this_home
    export CLAUDE_CODE_DISABLE_1M_CONTEXT=1
    export CLAUDE_CODE_AUTO_COMPACT_WINDOW=200000
    for variable in CLAUDE_CODE_RETRY_WATCHDOG DISABLE_AUTOUPDATER PI_SKIP_VERSION_CHECK \
        PI_PROGRAM_STATUS OPENCODE_DISABLE_AUTOUPDATE; do
        [[ -v $variable ]] || export "$variable=1"
    done
    if [[ ${MOSAIC_AGENT_RUNTIME:-pi} == opencode ]] && ! has_own_configuration; then
        json_text "$this_home/tools/fleet/hooks/opencode.js"
        export OPENCODE_CONFIG_CONTENT="{\"plugin\":[$quoted]}"
        bound_installation
    fi
    [[ -n ${LC_ALL-}${LC_CTYPE-}${LANG-} ]] || export LANG=C.UTF-8
    # What belongs to this process, this unit's run or this terminal, and not to the agent.
    unset PWD OLDPWD SHLVL TERM COLUMNS LINES MAINPID MANAGERPID INVOCATION_ID \
        JOURNAL_STREAM SYSTEMD_EXEC_PID NOTIFY_SOCKET WATCHDOG_PID WATCHDOG_USEC \
        MEMORY_PRESSURE_WATCH MEMORY_PRESSURE_WRITE MANAGERPIDFDID
}

# Opencode has npm fetch a package for its plugins, ours without need, and shows nothing until that ended: without a network,
# after 70 seconds of retries, one agent after the other. The plugin takes these away again, before a tool runs.
bound_installation() {
    local setting
    for setting in fetch_retries=0 fetch_timeout=10000; do
        local variable=npm_config_${setting%=*}
        [[ ! -v $variable && ! -v ${variable^^} ]] || continue
        export "$variable=${setting#*=}"
        export MOSAIC_UNTIL_PLUGIN="${MOSAIC_UNTIL_PLUGIN-} $variable"
    done
}

# Quotes $1 for tmux's command language, into quoted.
quote() {
    local text=${1//\'/\'\\\'\'}
    quoted="'${text//$'\n'/\'\"\\n\"\'}'"
}

lost_the_race() {
    trap - TERM INT
    find_session
    [[ $living -gt 0 ]] || fail 1 "tmux did not create session $name on $where"
    is_own_session || refuse_name
}

# A runtime that cannot work says so and ends, within some two seconds.
confirm_session() {
    local look
    for look in 0.1 0.4 0.5 1 1; do
        sleep "$look"
        server_answers || fail 3 "the tmux server on $where went away"
        find_session
        [[ $living -gt 0 ]] || ended_at_once
    done
    fleet_tmux set-option -w -u -t "$session_id:" remain-on-exit || true # it may just have ended
}

ended_at_once() {
    local words="" status=""
    if [[ -n $session_id ]]; then
        status=$(fleet_tmux display-message -p -t "$session_id:" '#{pane_dead_status}') || true
        words=$(fleet_tmux capture-pane -p -J -S - -t "$session_id:" | grep -v -e '^ *$' -e '^Pane is dead' | tail -n 20) || true
        fleet_tmux kill-session -t "$session_id" || true
    fi
    if [[ ${#conversation[@]} -gt 0 && $status == 1 ]]; then
        say_anew "${words:-it ended at once}"
        conversation=()
        choose_command
        create_session
        confirm_session
        return
    fi
    fail 1 "the command of $name ended at once: ${command[*]}${words:+$'\n'$words}"
}

end_session() {
    server_answers || return 0
    find_session
    [[ -n $session_id ]] || return 0
    is_own_session || return 0
    keep_conversation
    fleet_tmux kill-session -t "$session_id"
    await_end
}

# A restart must not meet its predecessor: wait for the processes, then insist.
await_end() {
    local pid
    for _ in {1..50}; do
        any_alive || return 0
        sleep 0.1
    done
    for pid in "${pids[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

any_alive() {
    local pid
    for pid in "${pids[@]}"; do
        kill -0 "$pid" 2>/dev/null && return 0
    done
    return 1
}

main "$@"
