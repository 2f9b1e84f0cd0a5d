#!/usr/bin/env bash
# One would expect: once the program that serves a FUSE mount has ended, each call there answers ENOTCONN; a stat of the
# mount point is the usual test.
# Found: stat answers from the kernel's memory as if nothing had happened, for as long as the server had allowed
# (a second where it says nothing; here ten); statfs and opening a folder ask the server, and tell at once.
# Matters: "is this mount alive" is asked by statfs; a look by stat just after a death calls the home well.
set -euo pipefail

work=$(mktemp -d)
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
unpack() { # PACKAGE=VERSION...: Debian packages, unpacked below $work
    local file
    cd "$work"
    apt-get -qq -o APT::Sandbox::User=root download "$@" 2>/dev/null \
        || { apt-get -qq update; apt-get -qq -o APT::Sandbox::User=root download "$@"; }
    for file in ./*.deb; do dpkg-deb -x "$file" .; rm "$file"; done
    printf 'Debian packages: %s\n' "$*"
    local libraries
    libraries=$(uname -m)-linux-gnu
    export LD_LIBRARY_PATH=$work/usr/lib/$libraries:$work/lib/$libraries
    export PATH=$work/usr/bin:$work/usr/sbin:$work/bin:$work/sbin:$PATH
}


trap 'cd /; rm -rf "$work"' EXIT
unpack bindfs=1.14.7-1 libfuse3-3=3.14.0-4
bindfs --version | sed -n 1p
uname -r
cat >ask.py <<'PYTHON'
import errno, os
def told(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"
os.stat("seen")
server = int(os.environ["SERVER"])
os.kill(server, 9)
while told(os.kill, server, 0) == "ok":
    pass
print("stat", told(os.stat, "seen"), "; statfs", told(os.statvfs, "seen"), "; list", told(os.listdir, "seen"))
PYTHON
inside() {
    mkdir below seen
    bindfs -f -o attr_timeout=10,entry_timeout=10 below seen &
    disown
    while ! mountpoint -q seen; do sleep 0.01; done
    SERVER=$! python3 ask.py
    umount seen
}
export -f inside
check "seen" "stat ok ; statfs ENOTCONN ; list ENOTCONN" "$(unshare --mount --propagation private bash -c inside)"

verdict
