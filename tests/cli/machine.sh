#!/bin/sh
# What a machine does to a home. `machine.sh SCENE [WORD...]`, in a mount namespace of its own, sets a scene, runs the
# program $m on the home $h, from the bundles `old` and `new` beside it, and ends with 0 if all came as it should.
set -eu
# shellcheck source=tests/cli/scene.sh
. "${0%/*}/scene.sh"

: "${h:?the home}"

# The home's own files are as they were before.
is_as_in() {
  diff -r -x .mosaic "$1" "$h"
}

read_only() {
  mount --bind "$h" "$h"
  mount -o remount,bind,ro "$h"
  "$m" update -n --from new
  "$m" status
  exec "$m" update --from new
}

room_that_is_not_counted() {
  mount -t ramfs none "$h"
  "$m" install --from old
  "$m" update --from new
  "$m" rollback
  "$m" verify
}

given_up_on_a_mount() {
  mv "$h/g" g
  mkdir "$h/g"
  mount -t tmpfs -o mode=755 none "$h/g"
  cp -a g/. "$h/g"
  killed_at Committed update --from new
  mount -o remount,ro "$h/g"
  ends_with 3 "$m" recover
  ends_with 3 "$m" recover --keep-current
  mount -o remount,rw "$h/g"
  left=$(find "$h/g" -maxdepth 1 -name '*mosaic-*')
  test -n "$left"
  "$m" update --from new
  "$m" verify
  "$m" rollback
  test "$(cat "$h/g/a")" = a
  test "$(find "$h/g" -maxdepth 1 -name '*mosaic-*')" = "$left"
}

small_file_system() {
  mount -t tmpfs -o size=2m small "$h"
  "$m" install --from old
  cp -a "$h" before
  ends_with 1 "$m" update --from new 2>said
  grep -q "not enough room" said
  grep -q "make room" said
  is_as_in before
  test ! -e "$h/.mosaic/tx"
  "$m" status --exit-code
}

few_files() {
  mount -t tmpfs -o nr_inodes=80 small "$h"
  "$m" install --from old
  cp -a "$h" before
  ends_with 1 "$m" update --from new 2>said
  cat said
  grep -q "No space left" said
  is_as_in before
  test ! -e "$h/.mosaic/tx"
  "$m" status --exit-code
  ends_with 1 "$m" install --home "$h/fresh/home" --from new
  test ! -e "$h/fresh"
  mount -o remount,nr_inodes=1000 "$h"
  "$m" update --from new
  test -e "$h/many/99"
}

mounted_after_the_commit() {
  "$m" install --from old
  killed_at Committed:1 update --from new
  mount --bind "$h/g" "$h/g"
  mount -o remount,bind,ro "$h/g"
  ends_with 3 "$m" recover >said
  cat said
  test "$(grep -c 'it stays as it was' said)" = 3
  if grep -q 'you changed it' said; then exit 1; fi
  "$m" status --json | grep -q '"recovery_pending": false'
  grep -q B "$h/b"
  umount "$h/g"
  "$m" resolve --shipped --all
  "$m" update --from new
  grep -q A "$h/g/a"
  test -e "$h/g/new/n"
  test ! -e "$h/g/deep"
  "$m" verify
  "$m" rollback 1
  killed_at Committed:1 update --from new
  mount --bind "$h/g" "$h/g"
  mount -o remount,bind,ro "$h/g"
  ends_with 3 "$m" recover --keep-current
  grep -q a "$h/g/a"
  grep -q B "$h/b"
  "$m" status --json | grep -q '"recovery_pending": false'
  umount "$h/g"
  "$m" update --from new || true
  grep -q A "$h/g/a"
  test -e "$h/g/new/n"
}

below_a_mount() {
  before=before-$1
  case $1 in
    bind) mount --bind "$h/g" "$h/g" ;;
    tmpfs)
      "$m" update --allow-downgrade --from old
      cp -a "$h/g" kept
      mount -t tmpfs other "$h/g"
      cp -a kept/. "$h/g"
      ;;
  esac
  cp -a "$h" "$before"
  "$m" update --from new
  grep -q A "$h/g/a"
  grep -q n "$h/g/new/n"
  test ! -e "$h/g/deep"
  grep -q mine "$h/g/mine"
  test -z "$(find "$h/g" -name '.mosaic*')"
  "$m" verify
  killed_at Carried:2 rollback
  "$m" recover
  is_as_in "$before"
  test -z "$(find "$h/g" -name '.mosaic*')"
  killed_at Staged:2 update --from new
  "$m" recover
  is_as_in "$before"
  test -z "$(find "$h/g" -name '.mosaic*')"
}

file_size_limit() {
  ulimit -f 100
  ends_with 1 "$m" update --from new
  test ! -e "$h/.mosaic/tx"
}

"$@"
