#!/usr/bin/env bash
# One would expect: tools that order versions agree that 0.2.0-rc.1 comes before 0.2.0.
# Found: only semver does. dpkg takes `-rc.1` for a Debian revision, systemd and `sort -V` for something added: all
# three put the candidate *after* its release. With `~` they put it before, but that is no semver. And build data
# (`+b2`) is equal for semver, newer for the others.
# Matters: a package 0.2.0-rc.1 is never upgraded to 0.2.0 by apt, `sort -V | tail -1` picks a candidate as the
# newest release, and one string cannot serve both worlds: write `~rc.1` in the package and `-rc.1` everywhere else.
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

trap 'cd /; rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" semver@7.7.3 >/dev/null
echo "semver 7.7.3, dpkg $(dpkg-query -W -f '${Version}' dpkg), coreutils $(dpkg-query -W -f '${Version}' coreutils)"
systemctl --version | sed -n 1p
order() { # A B: how each puts them
    local dpkg=equal
    if dpkg --compare-versions "$1" lt "$2"; then dpkg=before; fi
    if dpkg --compare-versions "$1" gt "$2"; then dpkg=after; fi
    local sort=before
    [[ $(printf '%s\n' "$1" "$2" | sort -V | sed -n 1p) == "$1" ]] || sort=after
    local systemd=before
    systemd-analyze compare-versions "$1" lt "$2" || systemd=after
    local semver
    semver=$(node -e 'const s = require("semver"), [, a, b] = process.argv
        console.log(s.valid(a) ? { "-1": "before", 0: "equal", 1: "after" }[s.compare(a, b)] : "refused")' "$1" "$2")
    echo "semver $semver, dpkg $dpkg, systemd $systemd, sort -V $sort"
}
check "0.2.0-rc.1 and 0.2.0" "semver before, dpkg after, systemd after, sort -V after" "$(order 0.2.0-rc.1 0.2.0)"
check "0.2.0~rc.1 and 0.2.0" "semver refused, dpkg before, systemd before, sort -V before" "$(order 0.2.0~rc.1 0.2.0)"
check "0.2.0+b2 and 0.2.0" "semver equal, dpkg after, systemd after, sort -V after" "$(order 0.2.0+b2 0.2.0)"
check "0.2.0-rc.9 and 0.2.0-rc.10" "semver before, dpkg before, systemd before, sort -V before" "$(order 0.2.0-rc.9 0.2.0-rc.10)"

verdict
