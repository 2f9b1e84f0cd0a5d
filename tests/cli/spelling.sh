#!/bin/sh
# A release that spells a file otherwise, on a file system that takes all spellings of a name for one.
# `spelling.sh KIND` makes one, in a mount namespace of its own, and runs the program $m there, from the bundles `old`
# (guides/qa.md), `same` and `new` (guides/QA.md, in `new` with another content) beside it. 77: it cannot be made here.
set -eu
# shellcheck source=tests/cli/scene.sh
. "${0%/*}/scene.sh"

kind=$1
truncate -s 64M image
mkdir -p top
case $kind in
  casefold)
    mkfs.ext4 -q -O casefold -E encoding=utf8 image
    mount -o loop image top || exit 77
    ;;
  vfat)
    mkfs.vfat image || exit 77
    mount -o loop image top || exit 77
    ;;
  ntfs)
    command -v lowntfs-3g || exit 77
    mkntfs -q -F -Q image
    lowntfs-3g -o ignore_case image top || exit 77
    trap 'umount --lazy top' EXIT
    ;;
esac
h=top/mosaic

# An empty home that folds.
begin() {
  rm -rf "$h"
  mkdir "$h"
  [ "$kind" != casefold ] || chattr +F "$h"
  : >"$h/probe"
  test -e "$h/PROBE"
  rm "$h/probe"
}

installed() {
  begin
  "$m" install -q --home "$h" --from old
}

# lowntfs-3g shows all names in lower case.
is_spelled() {
  [ "$kind" = ntfs ] || find "$h/guides" -name "$1" | grep -q .
  test "$(find "$h/guides" -type f | wc -l)" = 2
}

is_whole() {
  "$m" verify --home "$h"
  "$m" status --home "$h" --exit-code
}

only_the_name() {
  installed
  setfattr -n user.mine -v yes "$h/guides/qa.md" || [ "$kind" != casefold ]
  rm -rf before
  cp -a "$h" before
  "$m" update -n --home "$h" --from same | grep renamed
  "$m" update --home "$h" --from same
  is_spelled QA.md
  cmp same/guides/QA.md "$h/guides/qa.md"
  [ "$kind" != casefold ] || getfattr -d "$h/guides/QA.md" | grep mine
  is_whole
  "$m" update -n --exit-code --home "$h" --from same
  "$m" rollback --home "$h"
  is_spelled qa.md
  diff -r -x .mosaic before "$h"
  is_whole
  "$m" rollback --home "$h"
  is_spelled QA.md
  "$m" uninstall --yes --home "$h"
  test ! -e "$h/guides"
}

name_and_content() {
  installed
  "$m" update --home "$h" --from new
  is_spelled QA.md
  cmp new/guides/QA.md "$h/guides/qa.md"
  is_whole
  "$m" rollback --home "$h"
  is_spelled qa.md
  cmp old/guides/qa.md "$h/guides/qa.md"
  is_whole
}

an_edit() {
  installed
  sed -i 's/^1$/one/' "$h/guides/qa.md"
  "$m" update --home "$h" --from same
  is_spelled QA.md
  grep -qx one "$h/guides/QA.md"
  "$m" update --home "$h" --from new
  grep -qx one "$h/guides/QA.md"
  grep -qx seven "$h/guides/QA.md"
  sed -i 's/^one$/ONE/' "$h/guides/QA.md"
  "$m" rollback --home "$h" 1
  is_spelled qa.md
  grep -qx ONE "$h/guides/qa.md"
  grep -qx 7 "$h/guides/qa.md"
}

a_conflict() {
  installed
  sed -i 's/^7$/mine/' "$h/guides/qa.md"
  ends_with 3 "$m" update --home "$h" --from new
  grep -qx mine "$h/guides/qa.md"
  ends_with 3 "$m" update --home "$h" --from new
  "$m" resolve --home "$h" guides/QA.md --shipped
  cmp new/guides/QA.md "$h/guides/QA.md"
  is_whole
}

in_its_place() {
  begin
  mkdir "$h/Guides"
  echo mine >"$h/Guides/QA.MD"
  ends_with 3 "$m" install --home "$h" --from old
  grep -qx mine "$h/guides/qa.md"
  test "$(find "$h" -maxdepth 1 -iname guides | wc -l)" = 1
}

preserved() {
  installed
  echo mine >"$h/guides/qa.md"
  echo guides/qa.md >"$h/.mosaicpreserve"
  "$m" update --home "$h" --from new
  grep -qx mine "$h/guides/qa.md"
  is_spelled qa.md
  "$m" update -n --exit-code --home "$h" --from new
}

# By the name that is on disk, which lowntfs-3g does not keep.
preserved_from_the_start() {
  [ "$kind" != ntfs ] || return 0
  begin
  mkdir "$h/Guides"
  echo mine >"$h/Guides/QA.MD"
  echo Guides/QA.MD >"$h/.mosaicpreserve"
  "$m" install --home "$h" --from old
  "$m" update --home "$h" --from new
  grep -qx mine "$h/guides/qa.md"
}

killed() {
  for point in Committed:1 CommitDurable:1 Carried:1 Carried:2 CarriedDurable:1; do
    installed
    ends_with 137 env MOSAIC_CRASH_AT="$point" "$m" update --home "$h" --from new
    "$m" recover --home "$h"
    is_spelled QA.md
    cmp new/guides/QA.md "$h/guides/QA.md"
    is_whole
  done
}

for scene in only_the_name name_and_content an_edit a_conflict in_its_place preserved \
  preserved_from_the_start killed; do
  "$scene"
done
