#!/usr/bin/env bash
# registry.sh PORT DATADIR: Apicurio Registry 2.6; Confluent's interface at http://127.0.0.1:PORT/apis/ccompat/v7. Prints its pid.
set -euo pipefail; P=$1 D=$(realpath -m "$2") V=2.6.13.Final; C=${XDG_CACHE_HOME:-$HOME/.cache}/skein/apicurio-$V
busy() { (exec 3<>"/dev/tcp/127.0.0.1/$P") 2>/dev/null; }
for _ in $(seq 60); do busy || break; sleep 0.05; done; ! busy || { echo "port $P is in use" >&2; exit 1; }
mkdir -p "$C" "$D"; (flock 9; [ ! -f "$C/ok" ] || exit 0; cd "$C"
  mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=io.apicurio:apicurio-registry-app:$V:tar.gz:all -DoutputDirectory="$C" >&2
  tar xzf ./*-all.tar.gz && rm ./*-all.tar.gz && touch ok) 9>"$C/lock"
export REGISTRY_DATASOURCE_URL="jdbc:h2:file:$D/registry;WRITE_DELAY=0"
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dquarkus.http.host=127.0.0.1 -Dquarkus.http.port="$P" -DLOG_LEVEL=WARN -DREGISTRY_LOG_LEVEL=WARN \
  -jar "$C/apicurio-registry-app-$V-runner.jar" </dev/null >"$D/registry.log" 2>&1 & pid=$!
for _ in $(seq 600); do busy && { echo $pid; exit; }; kill -0 $pid 2>/dev/null || break; sleep 0.1; done; tail -5 "$D/registry.log" >&2; exit 1
