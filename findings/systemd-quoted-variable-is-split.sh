#!/usr/bin/env bash
# One would expect: in ExecStart= "$ARGS" in double quotes is one argument, as in a shell, and `--x=$ARGS` is
# replaced.
# Found: quotes do not matter: $ARGS is split into words (and the value's own quotes are honoured) inside quotes
# too. Only ${ARGS} is one word, and only that is replaced inside a word: `--x=$ARGS` stays as it is. An empty $ARGS
# is no argument, an empty ${ARGS} is an empty one.
# Matters: an env file with a command or a folder with a blank in it works only as ${NAME}; a drop-in written like
# shell hands over other arguments without a word.
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

cat >e.service <<'UNIT'
[Service]
Type=oneshot
Environment="ARGS=one \"two three\"" EMPTY=
ExecStart=/usr/bin/printf "[%%s]" "$ARGS" "${ARGS}" --x=$ARGS --x=${ARGS} $EMPTY ${EMPTY}
StandardOutput=file:/tmp/said
UNIT
sc daemon-reload
sc start e
# shellcheck disable=SC2016 # what systemd leaves as it is
check "arguments" '[one][two three][one "two three"][--x=$ARGS][--x=one "two three"][]' "$(cat /tmp/said)"

verdict
