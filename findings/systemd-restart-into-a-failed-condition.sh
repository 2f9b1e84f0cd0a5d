#!/usr/bin/env bash
# One would expect: `start` of a unit whose Condition does not hold fails or at least says so, and `restart` of a
# running one leaves it running.
# Found: `start` ends 0 with the unit inactive and not a word. `restart` ends the running process first, then finds
# the condition false, and ends 0 as well: the service is down, Result=success. With Assert instead of Condition,
# both end 1, but restart has ended the process all the same.
# Matters: exit 0 of systemctl is no proof that anything runs. A flag file that vanished during an update takes an
# agent down at its next restart. Ask for ActiveState and ConditionResult.
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

unit() { printf '[Unit]\n%sPathExists=%%h/flag\n[Service]\nExecStart=/bin/sleep 60\n' "$2" >"$1.service"; }
unit cond Condition
unit sure Assert
sc daemon-reload
try() { local status=0; sc "$@" 2>/dev/null || status=$?; echo "status $status, $(prop "$2" ActiveState) $(prop "$2" Result)"; }
check "Condition: start" "status 0, inactive success" "$(try start cond)"
check "Assert: start" "status 1, inactive success" "$(try start sure)"
touch "$HOME/flag"
sc start cond sure
check "running" "active active" "$(prop cond ActiveState) $(prop sure ActiveState)"
rm "$HOME/flag"
check "Condition: restart" "status 0, inactive success" "$(try restart cond)"
check "ConditionResult" no "$(prop cond ConditionResult)"
check "Assert: restart" "status 1, inactive success" "$(try restart sure)"

verdict
