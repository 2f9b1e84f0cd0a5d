#!/usr/bin/env bash
# One would expect: inside one mount, with one st_dev and one mount id, rename and link answer EXDEV never.
# Found: mergerfs, with its defaults (path preserving), answers EXDEV where the target's *folder* is on another
# branch than the file. The same rename works as soon as that folder exists on the file's branch as well; so does it
# with `category.create=mfs`, which makes the folder there.
# Matters: neither st_dev nor mount ids foretell whether a staged file can be renamed into its place; a new folder
# made on the emptier disk is enough. Try the very pair of folders before the point of no return.
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
unpack mergerfs=2.33.5-1 libfuse2=2.9.9-6+b1
mergerfs -V | sed -n 1p
uname -r
cat >ask.py <<'PYTHON'
import errno, os
def told(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"
open("merged/one/f", "w").close()
print("st_dev", "same" if os.stat("merged/one").st_dev == os.stat("merged/two").st_dev else "other",
      "; link", told(os.link, "merged/one/f", "merged/two/g"),
      "; rename", told(os.rename, "merged/one/f", "merged/two/f"))
PYTHON
inside() {
    rm -rf a b merged
    mkdir -p a/one b/two merged
    [[ $1 != twice ]] || mkdir a/two
    if [[ $1 == mfs ]]; then
        mergerfs -o category.create=mfs a:b merged
    else
        mergerfs a:b merged
    fi
    python3 ask.py
    umount merged
}
export -f inside
seen() { unshare --mount --propagation private bash -c 'inside "$@"' _ "$1"; }
check "defaults" "st_dev same ; link EXDEV ; rename EXDEV" "$(seen defaults)"
check "the folder on both branches" "st_dev same ; link ok ; rename ok" "$(seen twice)"
check "category.create=mfs" "st_dev same ; link ok ; rename ok" "$(seen mfs)"

verdict
