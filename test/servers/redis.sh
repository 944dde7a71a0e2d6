#!/usr/bin/env bash
# redis.sh PORT DATADIR: Redis with an append-only file synced on every write, on 127.0.0.1:PORT. Prints its pid.
set -euo pipefail; P=$1 D=$(realpath -m "$2")
busy() { (exec 3<>"/dev/tcp/127.0.0.1/$P") 2>/dev/null; }
for _ in $(seq 60); do busy || break; sleep 0.05; done; ! busy || { echo "port $P is in use" >&2; exit 1; }
command -v redis-server >/dev/null || { apt-get update && apt-get install -y --no-install-recommends redis-server; } >&2
mkdir -p "$D"; redis-server --bind 127.0.0.1 --port "$P" --dir "$D" --save '' --appendonly yes --appendfsync always </dev/null >"$D/redis.log" 2>&1 & pid=$!
for _ in $(seq 200); do redis-cli -p "$P" ping 2>/dev/null | grep -q PONG && { echo $pid; exit; }; kill -0 $pid 2>/dev/null || break; sleep 0.05; done; tail -5 "$D/redis.log" >&2; exit 1
