#!/usr/bin/env bash
# kfake.sh PORT[,PORT...] CTLPORT [DATADIR]: fake Kafka cluster, one broker a port, fault port CTLPORT. Prints its pid.
# Needs Go 1.26; built from kfaked/ beside this script.
set -euo pipefail; P=$1 CTL=$2 D=${3:-}; C=${XDG_CACHE_HOME:-$HOME/.cache}/skein/kfaked; S=$(dirname "$(realpath "$0")")/kfaked
busy() { (exec 3<>"/dev/tcp/127.0.0.1/${P%%,*}") 2>/dev/null; }
for _ in $(seq 60); do busy || break; sleep 0.05; done; ! busy || { echo "port $P is in use" >&2; exit 1; }
mkdir -p "$C"; (flock 9; [ "$C/kfaked" -nt "$S/main.go" ] && [ "$C/kfaked" -nt "$S/go.mod" ] || go build -C "$S" -ldflags '-s -w' -o "$C/kfaked" . >&2) 9>"$C/lock"
"$C/kfaked" -ports "$P" -ctl "127.0.0.1:$CTL" ${D:+-data-dir "$D" -sync} </dev/null >"$C/log.${P%%,*}" 2>&1 & pid=$!
for _ in $(seq 400); do busy && { echo $pid; exit; }; kill -0 $pid 2>/dev/null || break; sleep 0.01; done; tail -5 "$C/log.${P%%,*}" >&2; exit 1
