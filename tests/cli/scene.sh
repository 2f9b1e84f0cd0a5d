#!/bin/sh
# What scenes say often; they begin with `. "${0%/*}/scene.sh"`. The program is $m.

: "${m:?the program}"

# What must end with this status.
ends_with() {
  expected=$1 status=0
  shift
  "$@" || status=$?
  test "$status" = "$expected"
}

# What is killed at a checkpoint.
killed_at() {
  checkpoint=$1
  shift
  ends_with 137 env MOSAIC_CRASH_AT="$checkpoint" "$m" "$@"
}
