#!/usr/bin/env bash
# One would expect: a file of an upper layer that is moved away or removed is gone; a whiteout hides the lower one.
# Found: fuse-overlayfs makes none where the upper file had come by a rename over the lower one, or by an exchange with
# it. After the move, or the first unlink, the lower file is there again, with its old content; a second unlink hides
# it. A file that was written in place, and so copied up, goes as it should.
# Matters: editors and updaters save by rename. What they remove later comes back, and every call has answered 0: look
# whether the name is free, and remove what shows.
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
unpack fuse-overlayfs=1.10-1 libfuse3-3=3.14.0-4
fuse-overlayfs --version 2>/dev/null | grep '^fuse-overlayfs'
uname -r
cat >ask.py <<'PYTHON'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
EXCHANGE, CWD = 2, -100
def exchange(one, other):
    assert libc.renameat2(CWD, one.encode(), CWD, other.encode(), EXCHANGE) == 0
os.chdir("top")
open("new", "w").write("new")
if sys.argv[1] == "rename": os.rename("new", "f")
elif sys.argv[1] == "exchange": exchange("new", "f")
else: open("f", "w").write("new")
told = ["holds " + open("f").read()]
if sys.argv[2] == "move": os.rename("f", "away")
else: os.unlink("f")
told.append("then " + (open("f").read() if os.path.exists("f") else "nothing"))
if os.path.exists("f"):
    os.unlink("f")
    told.append("after one more unlink " + ("there" if os.path.exists("f") else "nothing"))
print(", ".join(told))
PYTHON
inside() {
    rm -rf lower upper work top
    mkdir lower upper work top
    echo -n old >lower/f
    fuse-overlayfs -o lowerdir=lower,upperdir=upper,workdir=work top 2>/dev/null
    python3 ask.py "$@"
    umount top
}
export -f inside
seen() { unshare --mount --propagation private bash -c 'inside "$@"' _ "$@"; }
back="holds new, then old, after one more unlink nothing"
check "came by rename, is moved away" "$back" "$(seen rename move)"
check "came by rename, is removed" "$back" "$(seen rename unlink)"
check "came by exchange, is moved away" "$back" "$(seen exchange move)"
check "written in place, is removed" "holds new, then nothing" "$(seen write unlink)"

verdict
