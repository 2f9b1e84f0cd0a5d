#!/usr/bin/env bash
# One would expect: on a network mount stat may be a second old, but a file that is opened and read to its end is
# the old text or the new one.
# Found: when a file grew at the server, sshfs's stat keeps the old size for 20 s, and the *first* read in that time
# gives the new text cut at the old length, with no error; the second read gives all of it. A stat without a read
# stays old for the 20 s. `-o dcache_timeout=1` makes both right after a second or two.
# Matters: a merge would take half of somebody's edit for the whole and write that back. On sshfs: read twice, or
# until size and content agree, before anything is made of a text; and no stat cache.
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

trap 'kill "${server-}" "${mount-}" 2>/dev/null || true; umount -l "$work/there" 2>/dev/null || true; cd /; rm -rf "$work"' EXIT
unpack sshfs=3.7.3-1.2~deb12u1 libfuse3-3=3.14.0-4 fuse3=3.14.0-4 libglib2.0-0=2.74.6-2+deb12u9 \
    openssh-sftp-server=1:9.2p1-2+deb12u10
sshfs --version 2>/dev/null | grep -i ^sshfs || true
uname -r
attach() { # OPTIONS...: no ssh is needed, sshfs and the server speak through two pipes
    mkdir -p here there
    printf 1234567890 >here/file
    rm -f up down
    mkfifo up down
    exec 3<>up 4<>down
    "$work/usr/lib/openssh/sftp-server" <&3 >&4 3<&- 4<&- &
    server=$!
    sshfs -f -o passive "$@" :"$work/here" "$work/there" <&4 >&3 3<&- 4<&- &
    mount=$!
    for _ in {1..100}; do
        ! mountpoint -q there || return 0
        sleep 0.05
    done
}
detach() {
    umount there
    kill "$server" 2>/dev/null || true
    wait || true
    exec 3<&- 4<&-
}
size() { stat -c %s there/file; }
attach
check "size at first" 10 "$(size)"
printf abcdefghijklmnopqrstuvwxyz >here/file
sleep 4
check "grown at the server, 4 s later: size" 10 "$(size)"
check "first read" abcdefghij "$(cat there/file)"
check "second read" abcdefghijklmnopqrstuvwxyz "$(cat there/file)"
check "size" 26 "$(size)"
printf longer-than-the-alphabet-is-this-text >here/file
sleep 4
check "grown again, 4 s later: size" 26 "$(size)"
sleep 21
check "25 s later, never read: size" 37 "$(size)"
check "first read" longer-than-the-alphabet-is-this-text "$(cat there/file)"
detach
attach -o dcache_timeout=1
check "dcache_timeout=1, size at first" 10 "$(size)"
printf abcdefghijklmnopqrstuvwxyz >here/file
sleep 4
check "grown, 4 s later: size" 26 "$(size)"
check "first read" abcdefghijklmnopqrstuvwxyz "$(cat there/file)"
detach

verdict
