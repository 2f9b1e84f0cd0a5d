#!/usr/bin/env bash
# One would expect: a snapshot of a folder holds all that was below it, or at least ordinary empty folders where it
# does not.
# Found: a nested subvolume is an empty stub in the snapshot: inode 2, mode 755, link count 1, without the
# subvolume's mode, owner and content. Nothing can be made in it, by root either (mkdir EPERM, open EACCES) though
# access(W_OK) says yes, and yet rmdir takes it away.
# Matters: after a roll back of the machine to a snapshot, files in such a folder look *deleted by the operator*,
# and putting them back fails until the stub is removed and made anew. Inode 2 in the middle of a home tells.
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
unpack btrfs-progs=6.2-1+deb12u2 liblzo2-2=2.10-2
mkfs.btrfs --version
uname -r
truncate -s 200M b.img
mkfs.btrfs -q b.img >/dev/null 2>&1
mkdir b
cat >ask.py <<'PYTHON'
import errno, os
def told(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"
print("open", told(open, "b/back/nested/new", "w"), "; mkdir", told(os.mkdir, "b/back/nested/new"),
      "; access", os.access("b/back/nested", os.W_OK), "; rmdir", told(os.rmdir, "b/back/nested"),
      "; mkdir in its place", told(os.mkdir, "b/back/nested"), "; open there", told(open, "b/back/nested/new", "w"))
PYTHON
inside() {
    mount -o loop b.img b
    btrfs -q subvolume create b/home
    btrfs -q subvolume create b/home/nested
    chmod 700 b/home/nested
    chown 1234 b/home/nested
    echo text >b/home/nested/file
    btrfs -q subvolume snapshot b/home b/back
    stat -c 'before: inode %i, mode %a, owner %u' b/home/nested
    stat -c 'in the snapshot: inode %i, mode %a, owner %u' b/back/nested
    echo "files: $(find b/back -type f | wc -l)"
    python3 ask.py
    umount b
}
export -f inside
check "seen" "before: inode 256, mode 700, owner 1234
in the snapshot: inode 2, mode 755, owner 0
files: 0
open EACCES ; mkdir EPERM ; access True ; rmdir ok ; mkdir in its place ok ; open there ok" \
    "$(unshare --mount --propagation private bash -c inside)"

verdict
