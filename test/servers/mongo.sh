#!/usr/bin/env bash
# mongo.sh PORT DATADIR: MongoDB wire protocol over WiredTiger files (SecantusDB), on 127.0.0.1:PORT. Prints its pid.
set -euo pipefail; P=$1 D=$(realpath -m "$2") V=0.7.0b3; C=${XDG_CACHE_HOME:-$HOME/.cache}/skein/secantusdb-$V
busy() { (exec 3<>"/dev/tcp/127.0.0.1/$P") 2>/dev/null; }
for _ in $(seq 60); do busy || break; sleep 0.05; done; ! busy || { echo "port $P is in use" >&2; exit 1; }
python3 -c 'import ensurepip' 2>/dev/null || { apt-get update && apt-get install -y --no-install-recommends python3-venv; } >&2
mkdir -p "$C" "$D"; (flock 9; [ ! -f "$C/ok" ] || exit 0; python3 -m venv --clear "$C/venv"
  "$C/venv/bin/pip" install -q --only-binary=:all: "SecantusDB==$V" pymongo==4.20.0 s2sphere==0.2.5 shapely==2.2.0 numpy==2.4.6 python-dateutil==2.9.0.post0 dnspython==2.9.2 future==1.0.0 >&2; touch "$C/ok") 9>"$C/lock"
"$C/venv/bin/secantusd-py" --host 127.0.0.1 --port "$P" --storage-path "$D" --cache-size 256M --sync-on-commit --log-level WARNING </dev/null >"$D.log" 2>&1 & pid=$!
for _ in $(seq 600); do busy && { echo $pid; exit; }; kill -0 $pid 2>/dev/null || break; sleep 0.05; done; tail -5 "$D.log" >&2; exit 1
