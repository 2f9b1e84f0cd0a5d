#!/usr/bin/env bash
# One would expect: a folder in which a file may be made lets that file be renamed or removed again, for root at
# least; otherwise making it fails.
# Found: in a folder with the append-only attribute (`chattr +a`) on ext4 and btrfs, making, linking and renaming
# *into* it work, access(W_OK) says yes, but what is in it can be neither renamed nor removed (EPERM), not even a
# file made a moment ago. statx tells beforehand (STATX_ATTR_APPEND). An immutable *file* says so by access()
# already.
# Matters: a tool that stages beside its target, or probes by a small file, leaves that file for ever and fails
# after its point of no return. Read the attribute before writing.
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
mkfs.ext4 -V 2>&1 | sed -n 1p
mkfs.btrfs --version
uname -r
cat >"$work/ask.py" <<'PYTHON'
import ctypes, errno, os, sys
folder = sys.argv[1]
def told(call, *arguments):
    try:
        answer = call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return answer if isinstance(answer, bool) else "ok"
inside, outside = folder + "/inside", folder + "-outside"
open(outside, "w").close()
buffer = ctypes.create_string_buffer(256)
ctypes.CDLL(None).statx(-100, folder.encode(), 0, 0xfff, buffer)
attributes = int.from_bytes(buffer[8:16], sys.byteorder)
print("statx says append-only", bool(attributes & 0x20),
      "; access", told(os.access, folder, os.W_OK),
      "; make", told(lambda: open(inside, "w").close()),
      "; link", told(os.link, inside, folder + "/second"),
      "; rename in", told(os.rename, outside, folder + "/third"),
      "; rename within", told(os.rename, inside, folder + "/fourth"),
      "; rename out", told(os.rename, inside, outside),
      "; remove", told(os.unlink, inside), sep=" ")
open(folder + "-fixed", "w").close()
os.system("chattr +i '%s-fixed'" % folder)
print("immutable file: access", told(os.access, folder + "-fixed", os.W_OK),
      "; rename", told(os.rename, folder + "-fixed", outside))
os.system("chattr -i '%s-fixed'" % folder)
PYTHON
inside() {
    mount -o loop "$1.img" "$2"
    mkdir "$2/folder"
    chattr +a "$2/folder"
    python3 ask.py "$2/folder"
    chattr -a "$2/folder"
    umount "$2"
}
export -f inside
for kind in ext4 btrfs; do
    truncate -s 200M "$kind.img"
    "mkfs.$kind" -q "$kind.img" >/dev/null 2>&1
    mkdir "$kind"
    check "$kind" "statx says append-only True ; access True ; make ok ; link ok ; rename in ok ; rename within EPERM ; rename out EPERM ; remove EPERM
immutable file: access False ; rename EPERM" "$(unshare --mount --propagation private bash -c 'inside "$@"' _ "$kind" "$kind")"
done

verdict
