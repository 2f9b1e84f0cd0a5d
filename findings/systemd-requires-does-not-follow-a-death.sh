#!/usr/bin/env bash
# One would expect: a unit with Requires= and After= goes down with the unit that it requires.
# Found: only where that one is *stopped or restarted by a job*. When its process dies, cleanly or by SIGKILL, the
# units that require it stay active; BindsTo= is what takes them down. But if the dead one restarts itself
# (Restart=always), the same Requires= restarts them, as that is a job again.
# Matters: agents that require their tmux holder are shown active on a server that is gone, unless the holder has
# Restart=. Whoever sets Restart=no for the holder in a drop-in loses that.
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

service() { printf '[Unit]\n%s\n[Service]\nExecStart=/bin/sleep 60\n%s\n' "$2" "$3" >"$1.service"; }
service holder "" ""
service lasting "" $'Restart=always\nRestartSec=0'
service needs $'Requires=holder.service\nAfter=holder.service' ""
service bound $'BindsTo=holder.service\nAfter=holder.service' ""
service follows $'Requires=lasting.service\nAfter=lasting.service' ""
sc daemon-reload
states() { sc is-active "$@" | xargs || true; }
die() { kill "-$1" "$(prop "$2" MainPID)"; sleep 1; }
for signal in TERM KILL; do
    sc start needs bound
    die "$signal" holder
    left=inactive
    [[ $signal == TERM ]] || left=failed
    check "holder dead by $signal: holder, needs, bound" "$left active inactive" "$(states holder needs bound)"
done
sc start holder
sc stop holder
check "holder stopped: needs" inactive "$(states needs)"
sc start follows
before=$(prop follows MainPID)
die KILL lasting
check "one with Restart=always dead: lasting, follows" "active active" "$(states lasting follows)"
check "follows has a new process" yes "$([[ $(prop follows MainPID) == "$before" ]] && echo no || echo yes)"

verdict
