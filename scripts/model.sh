#!/bin/sh
# Checks the ring's protocol with SPIN (test/model/ring.pml): it must hold, and every variant of it that takes one rule away
# must be refuted, or the model proves nothing. Installs spin where that is possible; needs a C compiler.
set -eu
cd "$(dirname "$0")/.."
model=$PWD/test/model/ring.pml

if ! command -v spin >/dev/null || ! command -v cc >/dev/null; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "model: spin and a C compiler are needed; on Debian: apt-get install spin gcc libc6-dev" >&2
    exit 69
  fi
  apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends spin gcc libc6-dev >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# build NAME [C FLAGS] -- [SPIN MACROS]: a verifier of the model.
build() {
  name=$1
  shift
  flags=
  while [ "$1" != -- ]; do
    flags="$flags $1"
    shift
  done
  shift
  mkdir "$name"
  (cd "$name" && spin -a "$@" "$model" >spin.log && cc -O2 -w -DVECTORSZ=2048 $flags -o pan pan.c)
}

# verdict NAME [OPTIONS]: holds, refuted or unfinished.
verdict() {
  name=$1
  shift
  (cd "$name" && ./pan -m2000000 -w24 "$@" >pan.log 2>&1) || true
  if ! grep -q "errors: 0" "$name/pan.log"; then
    if grep -q "pan:[0-9]*: " "$name/pan.log"; then echo refuted; else echo unfinished; fi
  elif grep -qE "max search depth too small|out of memory|Search not completed" "$name/pan.log"; then echo unfinished
  else echo holds; fi
}

failed=0
expect() {
  name=$1 wanted=$2 got=$3
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/$name/pan.log" | head -1)
  cause=$(sed -n 's/^pan:[0-9]*: \(.*\)/\1/p' "$work/$name/pan.log" | head -1)
  if [ "$got" = "$wanted" ]; then mark=ok; else mark=FAILED failed=1; fi
  printf '%-7s%-16s %-11s %10s states  %s\n' "$mark" "$name" "$got" "${states:-?}" "$cause"
}

build safety -DSAFETY -DCOLLAPSE --
expect safety holds "$(verdict safety)"
build progress -DNP -DCOLLAPSE -- -DFRAMES=5
expect progress holds "$(verdict progress -l)"

for rule in COMPARE GATE ARM BELL WARN LAP FINISH ATTACH RING; do
  build "$rule" -DSAFETY -- "-DBROKEN_$rule"
  expect "$rule" refuted "$(verdict "$rule")"
done
exit $failed
