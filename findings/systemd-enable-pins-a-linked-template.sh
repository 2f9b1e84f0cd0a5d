#!/usr/bin/env bash
# One would expect: enabling an instance makes one link in `*.wants`; which file the template is, is looked up anew
# at each reload.
# Found: where the template is a link out of the search path, `enable x@a` makes a second link, `x@a.service` beside
# the template, straight to the linked file. The instance has its own unit file from then on: after the template was
# replaced by a newer regular file and a daemon-reload, a not enabled instance runs the new one, the enabled ones go
# on with the old one.
# Matters: a move from linked units to installed ones changes nothing for exactly the agents that are enabled, until
# they are enabled anew (`reenable`). FragmentPath of each instance tells.
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
sc --version | head -n 1

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
unit() { printf '[Service]\nExecStart=/bin/sleep 60\nEnvironment=RELEASE=%s\n[Install]\nWantedBy=default.target\n' "$1"; }
unit old >"$HOME/dotfiles/x@.service"
ln -s "$HOME/dotfiles/x@.service" x@.service
sc daemon-reload
sc enable -q x@a
check "units after enable" "x@.service x@a.service" "$(echo x@*)"
check "the second link" "dotfiles/x@.service" "$(readlink x@a.service | sed "s,$HOME/,,")"
rm x@.service
unit new >x@.service
sc daemon-reload
check "a new template: x@b, not enabled" "RELEASE=new" "$(prop x@b Environment)"
check "a new template: x@a, enabled" "RELEASE=old" "$(prop x@a Environment)"
check "its FragmentPath" x@a.service "$(basename "$(prop x@a FragmentPath)")"
sc reenable -q x@a
sc daemon-reload
check "after reenable: x@a" "RELEASE=new" "$(prop x@a Environment)"
check "the second link" gone "$([[ -L x@a.service ]] && echo there || echo gone)"

verdict
