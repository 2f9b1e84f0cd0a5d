#!/usr/bin/env bash
# One would expect: unpacking over a home where the operator made a folder a symbolic link gives one and the same
# result, whatever the tar program and whether or not the archive has entries for folders.
# Found: with a folder entry GNU tar and bsdtar replace the link by a new folder (the operator's file stays behind
# unseen, status 0), busybox tar and Python's tarfile follow it and overwrite the operator's file. Without folder
# entries GNU tar follows it too, and bsdtar refuses, 1. GNU tar with --keep-directory-symlink follows in both
# cases.
# Matters: a bundle without folder entries (ours) and one packed by plain `tar` differ exactly where an operator has
# links; a hand-made unpack is no stand-in for an install, and which harm is done depends on the program.
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
unpack tar=1.34+dfsg-1.2+deb12u1 libarchive-tools=3.6.2-1+deb12u5 libarchive13=3.6.2-1+deb12u5 \
    busybox=1:1.35.0-4+deb12u1+b1
tar --version | sed -n 1p
python3 --version
mkdir -p new/guides
echo new >new/guides/qa.md
tar -C new -cf entries.tar guides
tar -C new -cf plain.tar guides/qa.md
try() { # ARCHIVE PROGRAM...: what comes of a linked folder
    rm -rf home mine
    mkdir home mine
    echo old >mine/qa.md
    ln -s ../mine home/guides
    local status=0
    (cd home && "${@:2}" "../$1") >/dev/null 2>&1 || status=$?
    local kind=folder
    [[ ! -L home/guides ]] || kind="link"
    echo "$status, $kind, the operator's file $(cat mine/qa.md)"
}
untar() { python3 -m tarfile -e "$1" .; }
check "GNU tar, with a folder entry" "0, folder, the operator's file old" "$(try entries.tar tar -xf)"
check "GNU tar, without" "0, link, the operator's file new" "$(try plain.tar tar -xf)"
check "GNU tar --keep-directory-symlink, with" "0, link, the operator's file new" \
    "$(try entries.tar tar --keep-directory-symlink -xf)"
check "bsdtar, with" "0, folder, the operator's file old" "$(try entries.tar bsdtar -xf)"
check "bsdtar, without" "1, link, the operator's file old" "$(try plain.tar bsdtar -xf)"
check "busybox tar, with" "0, link, the operator's file new" "$(try entries.tar busybox tar -xf)"
check "busybox tar, without" "0, link, the operator's file new" "$(try plain.tar busybox tar -xf)"
check "Python's tarfile, with" "0, link, the operator's file new" "$(try entries.tar untar)"
check "Python's tarfile, without" "0, link, the operator's file new" "$(try plain.tar untar)"

verdict
