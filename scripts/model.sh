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

# check NAME WANTED VERIFIER_FLAGS PAN_OPTIONS MACROS: prints whether the model so built holds or is refuted.
failed=0
check() {
  name=$1 wanted=$2 flags=$3 options=$4
  shift 4
  mkdir "$name"
  cd "$name"
  spin -a "$@" "$model" >spin.log
  cc -O2 -w -DVECTORSZ=1024 -DMEMLIM=6000 $flags -o pan pan.c
  timeout 300 ./pan -m1000000 $options >pan.log 2>&1 || true
  if grep -q '^pan:[0-9]*: ' pan.log; then got=refuted
  elif ! grep -q 'errors: 0' pan.log || grep -qE 'Search not completed|max search depth' pan.log; then got=unfinished
  else got=holds; fi
  if [ "$got" = "$wanted" ]; then mark=ok; else mark=FAILED failed=1; fi
  states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
  cause=$(sed -n 's/^pan:[0-9]*: \(.*\) (at.*/\1/p' pan.log)
  printf '%-7s%-18s %-11s %9s states  %s\n' "$mark" "$name" "$got" "${states:-?}" "$cause"
  cd ..
}

check listener holds -DSAFETY '' -DREADER -DLISTENER
check guest holds -DSAFETY '' -DREADER -DGUEST
check guest-alone holds -DSAFETY '' -DGUEST -DFRAMES=8
check listener-progress holds -DNP -l -DREADER -DLISTENER -DFRAMES=5
check guest-progress holds -DNP -l -DREADER -DGUEST -DFRAMES=4

for rule in COMPARE ARM BELL FINISH WARN LAP; do
  check "broken-$rule" refuted -DSAFETY '' -DREADER -DLISTENER "-DBROKEN_$rule"
done
for rule in ATTACH RING; do
  check "broken-$rule" refuted -DSAFETY '' -DREADER -DGUEST "-DBROKEN_$rule"
done
check broken-GATE refuted -DSAFETY '' -DGUEST -DFRAMES=8 -DBROKEN_GATE
exit $failed
