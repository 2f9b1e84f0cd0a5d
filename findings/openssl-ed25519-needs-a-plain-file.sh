#!/usr/bin/env bash
# One would expect: an Ed25519 signature can be checked by openssl on any input, a pipe included, as one of RSA can.
# Found: OpenSSL 3.0 of Debian 12 checks and makes it only over a regular file named by -in: the same bytes from a
# pipe, from a redirected standard input or from a process substitution are "verification failure", status 1, like a
# forged file. `dgst -verify` knows no Ed25519 at all. RSA goes through a pipe.
# Matters: an install script cannot check what it downloads while it unpacks it, and must not take this 1 for
# "forged": write the file first, then check it by name.
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
unpack openssl=3.0.22-1~deb12u2 libssl3=3.0.22-1~deb12u2
openssl version
echo text >file
openssl genpkey -quiet -algorithm ed25519 -out ed.key 2>/dev/null || openssl genpkey -algorithm ed25519 -out ed.key 2>/dev/null
openssl genpkey -algorithm rsa -out rsa.key 2>/dev/null
for kind in ed rsa; do openssl pkey -in $kind.key -pubout -out $kind.pub; done
openssl pkeyutl -sign -rawin -inkey ed.key -in file -out ed.sig
openssl dgst -sha256 -sign rsa.key -out rsa.sig file
told() { local status=0; "$@" >/dev/null 2>&1 || status=$?; echo "$status"; }
ed() { openssl pkeyutl -verify -rawin -pubin -inkey ed.pub -sigfile ed.sig "$@"; }
rsa() { openssl dgst -sha256 -verify rsa.pub -signature rsa.sig "$@"; }
through() { "$@" < <(cat file); }
redirected() { "$@" <file; }
substituted() { "$@" <(cat file); }
check "Ed25519, a file" 0 "$(told ed -in file)"
check "Ed25519, a pipe" 1 "$(told through ed)"
check "Ed25519, redirected" 1 "$(told redirected ed)"
check "Ed25519, a process substitution" 1 "$(told substituted ed -in)"
check "Ed25519, dgst" 1 "$(told openssl dgst -sha512 -verify ed.pub -signature ed.sig file)"
check "RSA, a file" 0 "$(told rsa file)"
check "RSA, a pipe" 0 "$(told through rsa)"

verdict
