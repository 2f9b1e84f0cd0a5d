#!/usr/bin/env bash
# One would expect: drop-ins of an instance (`x@a.service.d`) come after those of its template (`x@.service.d`) and
# add to them.
# Found: all are sorted by file name alone, so the template's `90-` wins over the instance's `10-`; and of two with
# the *same* name only the instance's is read, so that the template's is gone for that instance.
# Matters: `systemctl edit` names every file `override.conf`: the first edit of one agent takes the whole fleet's
# override from it, and a general `90-` setting beats what an operator chose for one agent. Looking into folders is
# not enough to know what holds: ask DropInPaths.
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

drop_in() { mkdir -p "$1"; printf '[Service]\nEnvironment=%s\n' "$3" >"$1/$2"; }
printf '[Service]\nExecStart=/bin/true\nEnvironment=WHO=unit\n' >x@.service
drop_in x@.service.d 90-fleet.conf WHO=fleet
drop_in x@a.service.d 10-agent.conf WHO=agent
drop_in x@.service.d override.conf LIMIT=fleet
drop_in x@a.service.d override.conf NAME=a
sc daemon-reload
names() { local path; for path in $(prop "$1" DropInPaths); do printf '%s ' "${path#"$units/"}"; done; }
check "environment of x@b" "WHO=fleet LIMIT=fleet" "$(prop x@b Environment)"
check "environment of x@a" "WHO=fleet NAME=a" "$(prop x@a Environment)"
check "drop-ins of x@a" "x@a.service.d/10-agent.conf x@.service.d/90-fleet.conf x@a.service.d/override.conf " "$(names x@a)"

verdict
