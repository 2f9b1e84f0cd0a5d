#!/usr/bin/env bash
# One would expect: writing a file anew and giving it the old one's mode keeps its permissions, or narrows them
# where an ACL is lost.
# Found: with an ACL the group bits of the mode are the *mask*. A file 0600 to which one named user was added shows
# 0660; the group has nothing. Its replacement with mode 0660 gives the owning group read and write. And `chmod 600`
# on a file in a folder with a default ACL leaves the named user in the list, but with no rights.
# Matters: a tool that replaces files by rename must carry the ACL over (or the group's own entry): copying the mode
# both takes the named user's access and *widens* the group's.
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
unpack acl=2.3.1-3 e2fsprogs=1.47.0-2+b2
setfacl --version
uname -r
truncate -s 60M e.img
mkfs.ext4 -q e.img
mkdir e
inside() {
    mount -o loop,acl e.img e
    umask 077
    : >e/secret
    setfacl -m u:1234:rw e/secret
    acl() { getfacl -cpE "$1" | xargs; }
    echo "mode $(stat -c %a e/secret): $(acl e/secret)"
    : >e/new
    chmod "$(stat -c %a e/secret)" e/new
    mv e/new e/secret
    echo "replaced, mode $(stat -c %a e/secret): $(acl e/secret)"
    mkdir e/folder
    setfacl -d -m u:1234:rw e/folder
    : >e/folder/file
    chmod 600 e/folder/file
    echo "made in a folder with a default, then chmod 600: $(acl e/folder/file)"
    echo "user 1234 may read it: $(setpriv --reuid 1234 --clear-groups cat e/folder/file 2>/dev/null && echo yes || echo no)"
    umount e
}
export -f inside
check "seen" "mode 660: user::rw- user:1234:rw- group::--- mask::rw- other::---
replaced, mode 660: user::rw- group::rw- other::---
made in a folder with a default, then chmod 600: user::rw- user:1234:rw- group::--- mask::--- other::---
user 1234 may read it: no" "$(unshare --mount --propagation private bash -c inside)"

verdict
