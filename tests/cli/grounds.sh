#!/bin/sh
# File systems that a home can be on. `grounds.sh SCENE`, in a mount namespace of its own, mounts one, runs the program
# $m there, from the bundles `old` and `new` beside it, and ends with 0 if all came as it should, with 77 if this
# machine has no such file system.
set -eu
# shellcheck source=tests/cli/scene.sh
. "${0%/*}/scene.sh"

trap 'cd /; umount --lazy "$OLDPWD/top" 2>/dev/null || :' EXIT
mkdir -p top
h=$PWD/top/mosaic
export MOSAIC_HOME="$h"

# The home's own files are these, and nothing of ours waits between them or in the state.
is_as_in() {
  diff -r -x .mosaic "$1" "$h"
  test -z "$(find . -path ./x -prune -o -name '.mosaic-*' -print)"
  test -z "$(find "$h/.mosaic" \( -name '*.displaced' -o -name 'probe*' -o -name '*.back' -o -name tx \) -print)"
}

keep() {
  rm -rf "$1"
  cp -a "$h" "$1"
  rm -rf "$1/.mosaic"
}

disk() {
  truncate -s 300M image
  "mkfs.$1" -q image || exit 77
  mount -o loop image top || exit 77
}

# Old, edited, new by way of a kill at every checkpoint, back, and gone.
all_there_is() {
  "$m" install -n --from old
  "$m" install --from old
  "$m" update --from old
  echo mine >>"$h/b"
  keep x/old
  number=1
  while :; do
    status=0
    env MOSAIC_CRASH_AT="Any:$number" "$m" update --from new || status=$?
    test "$status" = 3 && break
    test "$status" = 137
    status=0
    "$m" recover || status=$?
    test "$status" = 0 || test "$status" = 3
    "$m" status
    ends_with 3 "$m" update --from new
    keep x/new
    "$m" rollback
    is_as_in x/old
    number=$((number + 1))
  done
  test "$number" -gt 8
  test "$(cat "$h/g/a")" = A
  test ! -e "$h/g/deep"
  test "$(tail -n 1 "$h/b")" = mine
  is_as_in x/new
  "$m" resolve --shipped b
  test "$(cat "$h/b")" = B
  "$m" verify
  "$m" rollback 1
  "$m" gc --keep 1
  "$m" uninstall --yes
  test ! -e "$h/g/a"
}

pass_through() {
  mkdir below x
  bindfs below top || exit 77
  # Dry run, install and doctor say the same of the ground; nothing says it again.
  limit='exchange two files in one step'
  "$m" install -n --from old | grep -q "$limit"
  "$m" install --from old | grep -q "$limit"
  "$m" doctor | grep -q "$limit"
  if "$m" update --from new | grep -q "$limit"; then exit 1; fi
  "$m" uninstall --yes
  rm -rf "$h"
  all_there_is
}

union_of_branches() {
  mkdir one two x
  mergerfs -o category.create=epmfs one:two top || exit 77
  mkdir -p one/mosaic two/mosaic/g
  all_there_is
}

folder_of_another_project() {
  disk xfs
  mkdir -p x "$h/g"
  xfs_io -c 'chproj 42' -c 'chattr +P' "$h/g" || exit 77
  all_there_is
}

subvolume() {
  disk btrfs
  mkdir -p x "$h"
  btrfs -q subvolume create "$h/g" || exit 77
  all_there_is
}

# What doctor says to type of a folder that refuses to be written, typed: $1 is the subvolume.
mended_as_said() {
  btrfs property set "$1" ro true
  ends_with 1 "$m" update -n --from new
  ends_with 1 "$m" update --from new
  ends_with 3 "$m" doctor >said
  remedy=$(sed -n 's/.*\(btrfs property set .* ro false\).*/\1/p' said)
  test "$remedy" = "btrfs property set $1 ro false"
  $remedy
  if "$m" doctor | grep -q 'read-only'; then exit 1; fi
}

# One in the home, and one that the home is in.
read_only_subvolume() {
  disk btrfs
  h=$PWD/top/s/mosaic
  export MOSAIC_HOME="$h"
  btrfs -q subvolume create top/s || exit 77
  mkdir "$h"
  btrfs -q subvolume create "$h/g"
  "$m" install --from old
  mended_as_said "$h/g"
  mended_as_said "$PWD/top/s"
  "$m" update --from new
}

served() {
  bindfs -f "$1" "$2" &
  server=$!
  while ! mountpoint -q "$2"; do
    kill -0 "$server" || exit 77
    sleep 0.01
  done
}

dead_server() {
  mkdir -p below "$h/g"
  served "$PWD/below" "$h/g"
  "$m" install --from old
  kill -KILL "$server"
  wait "$server" || :
  for command in 'update -n --from new' 'update --from new' status; do
    # shellcheck disable=SC2086
    ends_with 1 "$m" $command 2>said
    grep -q '^help: .*: mosaic doctor' said
  done
  ends_with 3 "$m" doctor >said
  remedy=$(sed -n 's/.*sudo \(umount --lazy [^ ]*\) .*/\1/p' said)
  test "$remedy" = "umount --lazy $h/g"
  $remedy
  served "$PWD/below" "$h/g"
  if "$m" doctor | grep -q 'has ended'; then exit 1; fi
  "$m" update --from new
  umount "$h/g"
}

refused_for_its_name() {
  ends_with 1 "$m" "$1" --allow-removals --from odd 2>said
  grep -q 'g/a:b cannot be there: its file system takes no file of that name' said
}

# Beside the home, and below a folder of it.
names() {
  truncate -s 64M image
  mkntfs -q -F -Q image || exit 77
  ntfs-3g -o windows_names image top || exit 77
  mkdir x
  refused_for_its_name install
  test ! -e "$h"
  "$m" install --from old
  keep x/old
  refused_for_its_name update
  is_as_in x/old
  umount top
  mkdir -p top/mosaic/g
  ntfs-3g -o windows_names image top/mosaic/g
  refused_for_its_name install
  "$m" install --from old
  keep x/old
  refused_for_its_name update
  is_as_in x/old
}

# What is removed while it is open stays there under a hidden name.
names_that_are_taken() {
  mkdir below x
  bindfs below top || exit 77
  "$m" install --from odd
  test "$(cat "$h/g/a:b")" = A
}

lower_layer() {
  mkdir -p lower upper work x
  MOSAIC_HOME=$PWD/lower/mosaic "$m" install --from old
  MOSAIC_HOME=$PWD/lower/mosaic killed_at Carried update --from new
  mount -t overlay overlay -o "lowerdir=$PWD/lower,upperdir=$PWD/upper,workdir=$PWD/work" top || exit 77
  "$m" "$@"
  "$m" verify
  test ! -e "$h/.mosaic/commit"
  "$m" update --from new
  "$m" gc --keep 1
  "$m" verify
  "$m" rollback
}

lower_layer_is_finished() {
  lower_layer recover
}

lower_layer_is_given_up() {
  # The journal cannot be read.
  mkdir -p lower
  MOSAIC_HOME=$PWD/lower/mosaic "$m" install --from old
  MOSAIC_HOME=$PWD/lower/mosaic killed_at Committed update --from new
  echo >lower/mosaic/.mosaic/commit/journal
  mkdir upper work
  mount -t overlay overlay -o "lowerdir=$PWD/lower,upperdir=$PWD/upper,workdir=$PWD/work" top || exit 77
  ends_with 3 "$m" recover --keep-current
  test ! -e "$h/.mosaic/commit"
  "$m" update --from new
  "$m" verify
}

# A file of the lower layer that was replaced comes to light again when it is moved away.
ghosts() {
  mkdir lower upper work x
  MOSAIC_HOME=$PWD/lower/mosaic "$m" install --from old
  fuse-overlayfs -o "lowerdir=$PWD/lower,upperdir=$PWD/upper,workdir=$PWD/work" top || exit 77
  "$m" update --from new
  "$m" update --from fewer
  test ! -e "$h/g/a"
  "$m" uninstall --yes
  test -z "$(find "$h" -path "$h/.mosaic" -prune -o -type f -print)"
}

"$@"
