#!/usr/bin/env bash
# One would expect: fsync of a folder on a pass-through reaches the folder below, as fsync of a file does.
# Found: bindfs passes on the one of a file. That of a folder answers 0, and no call comes out of the server: it has
# no such operation, and the kernel then says that all is well.
# Matters: a rename that was "made durable" is not: after a power cut it may be gone, though all syncs had answered 0.
# A new file that is synced after it takes it along where the disk below has a log.
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
unpack bindfs=1.14.7-1 libfuse3-3=3.14.0-4 strace=6.1-0.1 libunwind8=1.6.2-3
bindfs --version | sed -n 1p
uname -r
cat >ask.py <<'PYTHON'
import os, sys
flags = os.O_RDONLY if sys.argv[1] == "folder" else os.O_WRONLY | os.O_CREAT
at = os.open("top" if sys.argv[1] == "folder" else "top/file", flags)
os.fsync(at)
PYTHON
inside() {
    mkdir -p below top
    strace -f -qq -o "calls.$1" -e trace=fsync,fdatasync,syncfs bindfs -f below top &
    until mountpoint -q top; do sleep 0.1; done
    python3 ask.py "$1" && echo -n "answers ok, "
    umount top
    wait
    echo "server makes $(grep -c sync "calls.$1") calls"
}
export -f inside
seen() { unshare --mount --propagation private bash -c 'inside "$@"' _ "$1"; }
check "fsync of a file" "answers ok, server makes 1 calls" "$(seen file)"
check "fsync of a folder" "answers ok, server makes 0 calls" "$(seen folder)"

verdict
