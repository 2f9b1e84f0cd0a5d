#!/bin/sh
# An operator who edits within the second in which Mosaic wrote, on a file system that stamps whole seconds.
# `stamps.sh KIND [OPTION...]` makes one, in a mount namespace of its own, and runs the program $m there, from the
# bundles `old` and `new` beside it. 77: it cannot be made here.
set -eu

: "${m:?the program}"

command -v "mkfs.$1" >/dev/null || exit 77
truncate -s 64M image
kind=$1
shift
"mkfs.$kind" -q "$@" image
mkdir -p top
mount -o loop image top 2>said || { cat said && exit 77; }
h=top/mosaic

# Runs a round until its last edit left the stamp that it found. Too busy a machine never gets there.
round() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    rm -rf "$h"
    "$m" install -q --home "$h" --from old
    sleep "$(date +%N | awk '{ print 1.01 - $1 / 1e9 }')"
    "$1"
    if [ "$is_within" = yes ]; then
      "${1}_is_seen"
      sleep 1.1
      "${1}_is_seen"
      return
    fi
  done
  exit 77
}

# Of the same length, in the place of the first line.
edit() {
  found=$(stat -c %Y "$h/g/a")
  printf '%s' "$1" | dd of="$h/g/a" bs=1 conv=notrunc status=none
  is_within=no
  [ "$(stat -c %Y "$h/g/a")" != "$found" ] || is_within=yes
}

after_install() {
  rm -rf "$h"
  "$m" install -q --home "$h" --from old
  edit X
}
after_install_is_seen() {
  "$m" status --home "$h" | grep g/a
  "$m" diff --home "$h" | grep X
}

before_update() {
  after_install
  "$m" update -q --home "$h" --from new
}
before_update_is_seen() {
  grep X "$h/g/a"
  grep two "$h/g/a"
  "$m" status --home "$h" | grep g/a
}

before_rollback() {
  "$m" update -q --home "$h" --from new
  edit X
  "$m" rollback -q --home "$h"
}
before_rollback_is_seen() {
  grep X "$h/g/a"
  grep '^2' "$h/g/a"
}

taken_back() {
  edit X
  "$m" update -q --home "$h" --from old
  edit 1
}
taken_back_is_seen() {
  "$m" status --home "$h" --exit-code
  test -z "$("$m" diff --home "$h")"
}

for kind in after_install before_update before_rollback taken_back; do
  round "$kind"
done
