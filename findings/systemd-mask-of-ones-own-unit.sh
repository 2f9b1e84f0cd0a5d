#!/usr/bin/env bash
# One would expect: `systemctl --user mask UNIT` keeps a unit from starting, wherever its file is, and `--runtime`
# does so until the next boot.
# Found: a unit whose file lies in ~/.config/systemd/user cannot be masked (exit 1, the name is taken); `mask
# --runtime` ends 0 and has no effect at all, since /run comes after ~/.config: the unit starts, and is not even
# shown as masked. Masking an *instance* of a template works, as that name is free.
# Matters: "mask the holder for the night" is no advice for units that an installer puts there; and a mask in /run
# seen by a tool does not mean that the unit is masked. LoadState tells.
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

printf '[Service]\nExecStart=/bin/sleep 60\n' | tee own.service >own@.service
sc daemon-reload
status=0
sc mask own.service 2>/dev/null || status=$?
check "mask: status" 1 "$status"
status=0
sc mask --runtime own.service 2>/dev/null || status=$?
check "mask --runtime: status" 0 "$status"
check "its link" /dev/null "$(readlink "$XDG_RUNTIME_DIR/systemd/user/own.service")"
check "LoadState" loaded "$(prop own.service LoadState)"
sc start own.service
check "after a start" active "$(prop own.service ActiveState)"
sc mask own@a.service 2>/dev/null
check "LoadState of a masked instance" masked "$(prop own@a.service LoadState)"
status=0
sc start own@a.service 2>/dev/null || status=$?
check "start of it: status" 1 "$status"

verdict
