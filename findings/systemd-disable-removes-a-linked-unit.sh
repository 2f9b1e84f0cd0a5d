#!/usr/bin/env bash
# One would expect: `disable` undoes `enable`: the link in `*.wants` goes, the unit stays.
# Found: where the unit's file is itself a link out of the search path (kept in a dotfiles folder, say), `disable`
# removes that link as well: the unit is not found any more, though the link was there before `enable`. Exit status
# 0. And `disable x@.service` disables every instance.
# Matters: `disable`, then `enable` is no way to renew an enablement: on an operator's linked units the second one
# fails. `reenable` knows of it, and fails likewise after having removed.
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

mkdir "$HOME/dotfiles"
printf '[Service]\nExecStart=/bin/sleep 60\n[Install]\nWantedBy=default.target\n' | tee "$HOME/dotfiles/l.service" >x@.service
ln -s "$HOME/dotfiles/l.service" l.service
sc daemon-reload
sc enable -q l
check "after enable" "l.service wanted" "$(ls l.service) $([[ -L default.target.wants/l.service ]] && echo wanted)"
status=0
sc disable -q l || status=$?
check "disable: status" 0 "$status"
check "the operator's link" gone "$([[ -L l.service ]] && echo there || echo gone)"
check "LoadState" not-found "$(prop l LoadState)"
status=0
sc enable -q l 2>/dev/null || status=$?
check "enable again: status" 1 "$status"

ln -s "$HOME/dotfiles/l.service" l.service
sc enable -q l
status=0
sc reenable -q l 2>/dev/null || status=$?
check "reenable: status, the operator's link" "1 gone" "$status $([[ -L l.service ]] && echo there || echo gone)"

sc enable -q x@a x@b
check "instances wanted" "x@a.service x@b.service" "$(cd default.target.wants && echo x@*)"
sc disable -q x@.service
check "after disable of the template" none "$(ls default.target.wants 2>/dev/null || echo none)"

verdict
