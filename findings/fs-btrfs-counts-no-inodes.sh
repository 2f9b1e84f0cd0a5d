#!/usr/bin/env bash
# One would expect: statvfs's counts of inodes are real, so a look for room refuses where none is free; and a
# folder's link count is two plus its subfolders.
# Found: btrfs says 0 inodes in all and 0 free while there is room for millions, and every folder has one link. ext4
# gives true counts.
# Matters: a check like "no free inode, so no update" refuses every home on btrfs, the default of several
# distributions; a total of 0 means "not counted". A walk that stops after nlink-2 subfolders finds none.
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
inside() {
    mount -o loop "$1.img" "$1"
    mkdir -p "$1/folder/a" "$1/folder/b" "$1/folder/c"
    for ((i = 0; i < 500; i++)); do : >"$1/folder/$i"; done
    sync -f "$1"
    echo "inodes $(stat -f -c '%c, free %d' "$1"); links of a folder with 3 in it $(stat -c %h "$1/folder")"
    umount "$1"
}
export -f inside
for kind in ext4 btrfs; do
    mkdir "$kind"
    truncate -s 200M "$kind.img"
done
mkfs.ext4 -q -N 2000 ext4.img
mkfs.btrfs -q btrfs.img >/dev/null 2>&1
seen() { unshare --mount --propagation private bash -c 'inside "$@"' _ "$1"; }
check ext4 "inodes 2000, free 1485; links of a folder with 3 in it 5" "$(seen ext4)"
check btrfs "inodes 0, free 0; links of a folder with 3 in it 1" "$(seen btrfs)"

verdict
