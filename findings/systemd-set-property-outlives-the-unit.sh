#!/usr/bin/env bash
# One would expect: `systemctl --user set-property` changes the running unit, or writes a drop-in beside the unit's
# own.
# Found: it writes ~/.config/systemd/user.control/UNIT.d/50-NAME.conf, a tree of its own. That outlives the unit's
# file and its folders: a unit of that name that is installed later has the old limit at once.
# Matters: an uninstall or a survey that knows ~/.config/systemd/user alone misses it, and a fresh install is
# throttled by a limit from the past. DropInPaths shows it; `systemctl --user revert` takes it away.
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

printf '[Service]\nExecStart=/bin/sleep 60\n' >p.service
sc daemon-reload
sc start p
sc set-property p MemoryHigh=1G
check "files below systemd/user" p.service "$(cd "$units" && find . -type f -printf '%P\n')"
check "files beside it" user.control/p.service.d/50-MemoryHigh.conf \
    "$(cd "$HOME/.config/systemd" && find user.control -type f)"
sc stop p
rm p.service
sc daemon-reload
printf '[Service]\nExecStart=/bin/sleep 60\n' >p.service
sc daemon-reload
check "limit of a new unit of that name" 1073741824 "$(prop p MemoryHigh)"
check "where it comes from" user.control/p.service.d/50-MemoryHigh.conf \
    "$(prop p DropInPaths | sed 's,.*/systemd/,,')"
sc revert p 2>/dev/null
check "limit after revert" infinity "$(prop p MemoryHigh)"
check "the unit's file after revert" p.service "$(cd "$units" && find . -type f -printf '%P\n')"

verdict
