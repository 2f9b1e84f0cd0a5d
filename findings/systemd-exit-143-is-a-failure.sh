#!/usr/bin/env bash
# One would expect: a program that ends on SIGTERM counts the same, whether the signal ended it or it tidied up and
# then ended with 143, the shells' number for the same thing.
# Found: killed by SIGTERM (also HUP, INT, PIPE) is a success: Restart=on-failure leaves it down. Exit status 143 is
# a failure: it is restarted, and even a plain `systemctl stop` leaves the unit "failed".
# Matters: of the agent runtimes claude ends with 143, codex by the signal, opencode and pi with 0. One unit for all
# of them needs SuccessExitStatus=143, or stopping a claude reads as a crash.
set -euo pipefail

# A private user manager: namespaces, a cgroup of their own, an empty HOME.
case ${1-} in
    "")
        [[ -x /lib/systemd/systemd ]] || apt-get -qq install -y --no-install-recommends systemd
        exec unshare --mount --propagation private bash "$0" cgroup
        ;;
    cgroup)
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        own=$(sed -n 's/^0:://p' /proc/self/cgroup)
        own=/sys/fs/cgroup${own%/}/finding-$$
        mkdir "$own"
        trap 'echo 1 >"$own/cgroup.kill"; sleep 0.3; find "$own" -depth -type d -exec rmdir {} + || true' EXIT
        status=0
        (
            echo "$BASHPID" >"$own/cgroup.procs"
            exec unshare --mount --pid --fork --kill-child=KILL --mount-proc --cgroup bash "$0" inside
        ) || status=$?
        exit "$status"
        ;;
esac
umount /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
export HOME=/tmp/home XDG_RUNTIME_DIR=/run/user/0 LC_ALL=C.UTF-8
unset DBUS_SESSION_BUS_ADDRESS XDG_CONFIG_HOME
units=$HOME/.config/systemd/user
mkdir -p "$units" /run/systemd/system "$XDG_RUNTIME_DIR" /sys/fs/cgroup/manager
(
    echo "$BASHPID" >/sys/fs/cgroup/manager/cgroup.procs
    exec env -i HOME="$HOME" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" PATH=/usr/bin:/bin \
        /lib/systemd/systemd --user --log-target=console
) </dev/null >/run/log 2>&1 &
until [[ -S $XDG_RUNTIME_DIR/systemd/private ]]; do sleep 0.05; done
cd "$units"
sc() { systemctl --user "$@"; }
prop() { sc show -P "$2" "$1"; }
sc is-system-running --wait >/dev/null || true
sc --version | sed -n 1p

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

printf '[Service]\nExecStart=/bin/sleep 60\nRestart=on-failure\nRestartSec=0\n' >signal.service
cat >status.service <<'UNIT'
[Service]
ExecStart=/bin/bash -c "trap 'exit 143' TERM; while :; do sleep 0.1; done"
Restart=on-failure
RestartSec=0
UNIT
sed 's/^Restart=/SuccessExitStatus=143\n&/' status.service >told.service
sc daemon-reload
sc start signal status told
sleep 0.5
end() { # ends the main process as a person would, by its number
    local before
    before=$(prop "$1" MainPID)
    kill "$before"
    for _ in {1..50}; do
        [[ $(prop "$1" MainPID) == "$before" ]] || break
        sleep 0.1
    done
    sleep 0.5
    echo "$(prop "$1" ActiveState), restarts $(prop "$1" NRestarts)"
}
check "ended by the signal" "inactive, restarts 0" "$(end signal)"
check "ended with 143" "active, restarts 1" "$(end status)"
check "ended with 143, SuccessExitStatus=143" "inactive, restarts 0" "$(end told)"
sc stop status
check "after systemctl stop, 143" "failed exit-code" "$(prop status ActiveState) $(prop status Result)"

verdict
