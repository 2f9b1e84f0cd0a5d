#!/usr/bin/env bash
# One would expect: how a mount is propagated says where copies of it go, and nothing of what may be put on top of it.
# Found: overlayfs refuses every layer, lower or upper, that lies on an unbindable mount, with EINVAL: `mount` blames the
# type, an option or the superblock, and only the kernel's log says that a path could not be cloned, for an overlay
# takes a copy of its own of each layer's mount. One that is mounted before goes on, also when the mount below it is
# made unbindable afterwards, and takes writes.
# Matters: a sandbox that makes its own mounts unbindable, so that nobody takes a copy along, can put no overlay on
# them: mount first, make it unbindable then.
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
if [[ ${1:-} != inside ]]; then
    rmdir "$work"
    exec unshare --mount --propagation private bash "$0" inside
fi
trap 'cd /; umount -R "$work" 2>/dev/null || true; rmdir "$work"' EXIT

uname -r
mount --version
mount -t tmpfs below "$work"
cd "$work"
mkdir lower other upper worker top
echo old >lower/file
overlay() { # OPTIONS: mounts and unmounts one; its status
    local status=0
    mount -t overlay top -o "$1" "$work/top" 2>/dev/null || status=$?
    [[ $status != 0 ]] || umount "$work/top"
    echo "$status"
}
writable="lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/worker"
elsewhere=$(mktemp -d)
for kind in private shared unbindable; do
    mount --make-"$kind" "$work"
    expected=0
    [[ $kind != unbindable ]] || expected=32
    check "$kind, an upper layer on it" "$expected" "$(overlay "$writable")"
    check "$kind, lower layers only" "$expected" "$(overlay "lowerdir=$work/lower:$work/other")"
    check "$kind, one of two lower layers on it" "$expected" "$(overlay "lowerdir=$work/lower:$elsewhere")"
done
rmdir "$elsewhere"

mount --make-private "$work"
mount -t overlay top -o "$writable" "$work/top"
mount --make-unbindable "$work"
echo new >top/file
check "mounted before, then written" "new, below old" "$(cat top/file), below $(cat lower/file)"
verdict
