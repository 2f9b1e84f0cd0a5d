#!/usr/bin/env bash
# One would expect: a place that answers EROFS is on a mount that shows `ro`, or statvfs has ST_RDONLY.
# Found: a subvolume set read-only (`btrfs property set ... ro true`, as snapshots often are) answers EROFS to each
# write though mountinfo says rw and statvfs has no ST_RDONLY; only access(W_OK) knows, and so does the flag itself.
# A subvolume nested in it stays writable.
# Matters: a home in a snapshot looks writable to whoever reads the mount table: doctor must ask access() as well
# (which is wrong elsewhere), and a part of a home can be writable below one that is not.
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
print("ST_RDONLY", bool(os.statvfs("b/home").f_flag & os.ST_RDONLY),
      "; access", os.access("b/home", os.W_OK), os.access("b/home/file", os.W_OK),
      "; make", told(open, "b/home/new", "w"), "; rename", told(os.rename, "b/home/file", "b/home/other"),
      "; chmod", told(os.chmod, "b/home/file", 0o600), "; in the nested one", told(open, "b/home/nested/new", "w"))
PYTHON
inside() {
    mount -o loop b.img b
    btrfs -q subvolume create b/home
    btrfs -q subvolume create b/home/nested
    echo text >b/home/file
    btrfs property set b/home ro true
    echo "mountinfo: $(awk -v here="$PWD/b" '$5 == here { print substr($6, 1, 2) }' /proc/self/mountinfo)"
    python3 ask.py
    umount b
}
export -f inside
check "seen" "mountinfo: rw
ST_RDONLY False ; access False False ; make EROFS ; rename EROFS ; chmod EROFS ; in the nested one ok" \
    "$(unshare --mount --propagation private bash -c inside)"

verdict
