#!/usr/bin/env bash
# One would expect: in an overlay a file keeps device and inode when its mode is changed, all files of a folder have
# that folder's device, and two hard links stay two names of one file.
# Found: with layers on two file systems (xino off, the kernel's default) a lower file has another st_dev than its
# folder, and chmod gives it another device *and* inode. Of two hard links in the lower layer the touched one
# becomes a file of its own with one link; the other goes on saying "2 links", and a write to one is not seen in the
# other.
# Matters: a stat cache keyed by device and inode takes the whole image's files for unknown after a chmod, `st_dev`
# is no test for "another mount", and a link count above one does not mean that a second name exists.
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
unpack e2fsprogs=1.47.0-2+b2
mkfs.ext4 -V 2>&1 | sed -n 1p
uname -r
truncate -s 60M lower.img
mkfs.ext4 -q lower.img
mkdir lower upper merged
inside() {
    mount -o loop lower.img lower
    mkdir lower/d
    echo one >lower/d/a
    ln lower/d/a lower/d/b
    mount -t tmpfs tmpfs upper
    mkdir upper/u upper/w
    mount -t overlay -o xino=off,lowerdir=lower,upperdir=upper/u,workdir=upper/w overlay merged
    cd merged/d
    same() { [[ $(stat -c "$3" "$1") == $(stat -c "$3" "$2") ]] && echo same || echo other; }
    echo "device of the folder and of a file in it: $(same . a %d)"
    local device inode
    device=$(stat -c %d a) inode=$(stat -c %i a)
    echo "two links: $(same a b '%d %i'), counts $(stat -c %h a) $(stat -c %h b)"
    chmod 600 a
    echo "after chmod: device $([[ $(stat -c %d a) == "$device" ]] && echo same || echo other)," \
        "inode $([[ $(stat -c %i a) == "$inode" ]] && echo same || echo other)"
    echo "two links: $(same a b '%d %i'), counts $(stat -c %h a) $(stat -c %h b), mode of the other $(stat -c %a b)"
    echo two >a
    echo "the other name reads: $(cat b)"
    cd ../..
    umount merged upper lower
}
export -f inside
check "seen" "device of the folder and of a file in it: other
two links: same, counts 2 2
after chmod: device other, inode other
two links: other, counts 1 2, mode of the other 644
the other name reads: one" "$(unshare --mount --propagation private bash -c inside)"

verdict
