#!/usr/bin/env bash
# One would expect: EnvironmentFile=PATH reads that file.
# Found: PATH is a glob. A file whose name has brackets is not found (with `-` silently), unless the brackets are
# escaped, while an instance named by an escaped `*`, put in by %I, reads the files of all instances.
# Matters: a home or a name with `[1]` in it loses its settings without a word. Use %i, which stays escaped, and
# refuse such characters in names and homes.
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

mkdir "$HOME/env"
cd "$HOME/env"
echo WHO=one >'a[1].env'
echo WHO=two >a1.env
cd "$units"
told() { # FILE UNIT INSTANCE: what the service sees
    # shellcheck disable=SC2016 # for the shell of the service
    printf '[Service]\nType=oneshot\nEnvironmentFile=-%s\nExecStart=/bin/sh -c "echo $${WHO-nothing} >/tmp/said"\n' "$1" >"$2@.service"
    sc daemon-reload
    sc start "$2@$3"
    cat /tmp/said
}
check 'a[1].env' two "$(told '%h/env/a[1].env' u x)"
rm "$HOME/env/a1.env"
check 'a[1].env, alone there' nothing "$(told '%h/env/a[1].env' v x)"
check 'a\[1].env' one "$(told '%h/env/a\[1].env' w x)"
echo WHO=b >"$HOME/env/b.env"
check '%I.env of the instance \x2a' b "$(told '%h/env/%I.env' y '\x2a')"
check '%i.env of the instance \x2a' nothing "$(told '%h/env/%i.env' z '\x2a')"

verdict
