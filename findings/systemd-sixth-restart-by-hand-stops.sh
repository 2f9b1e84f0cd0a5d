#!/usr/bin/env bash
# One would expect: StartLimitBurst= (5 in 10 s) holds back what *systemd* restarts by itself; what a person asks
# for is done.
# Found: restarts and starts by hand count as well. The sixth `systemctl restart` ends 1, and as the old process was
# ended first, a healthy service is down and "failed". `reset-failed` before it clears the count, also for a unit
# that is not failed.
# Matters: a tool that restarts an agent for each of several changes, or a person who tries a setting a few times,
# takes it down. Call `reset-failed` before a restart that was asked for, and look at the state afterwards.
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

printf '[Service]\nExecStart=/bin/sleep 60\n' >s.service
sc daemon-reload
said=
for _ in {1..6}; do
    status=0
    sc restart s 2>/dev/null || status=$?
    said+="$status "
done
check "statuses of six restarts" "0 0 0 0 0 1 " "$said"
check "state" "failed start-limit-hit" "$(prop s ActiveState) $(prop s Result)"
said=
for _ in {1..8}; do
    status=0
    sc reset-failed s
    sc restart s 2>/dev/null || status=$?
    said+="$status "
done
check "statuses of eight, each after reset-failed" "0 0 0 0 0 0 0 0 " "$said"
check "state" "active success" "$(prop s ActiveState) $(prop s Result)"

verdict
