#!/usr/bin/env bash
# kafka.sh PORT DATADIR: one KRaft broker on 127.0.0.1:PORT; uses PORT+1 (controller) and PORT+2 too. Prints its pid.
# SECURE=FILE, key and certificate in PEM: PORT+2 wants TLS and SASL; PLAIN takes skein:hush, SCRAM those that are made.
set -euo pipefail; P=$1 D=$(realpath -m "$2") V=${KAFKA_VERSION:-4.3.1}; C=${XDG_CACHE_HOME:-$HOME/.cache}/skein/kafka-$V
busy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
conf() { printf '%s\n' process.roles=broker,controller node.id=1 "controller.quorum.voters=1@127.0.0.1:$((P+1))" \
  "listeners=PLAINTEXT://127.0.0.1:$P,CONTROLLER://127.0.0.1:$((P+1))${SECURE:+,SECURED://127.0.0.1:$((P+2))}" \
  "advertised.listeners=PLAINTEXT://127.0.0.1:$P${SECURE:+,SECURED://127.0.0.1:$((P+2))}" inter.broker.listener.name=PLAINTEXT \
  controller.listener.names=CONTROLLER listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL "log.dirs=$1/logs" \
  auto.create.topics.enable=false {offsets.topic,transaction.state.log}.{replication.factor=1,num.partitions=4} transaction.state.log.min.isr=1 \
  group.initial.rebalance.delay.ms=0 broker.session.timeout.ms=1000 broker.heartbeat.interval.ms=200 log.cleaner.dedupe.buffer.size=8388608 \
  ${SECURE:+ssl.keystore.type=PEM "ssl.keystore.location=$SECURE" listener.name.secured.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512} \
  ${SECURE:+'listener.name.secured.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_skein="hush";'} \
  ${SECURE:+'listener.name.secured.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;'} \
  ${SECURE:+'listener.name.secured.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;'} >"$1/server.properties"; }
jvm() { exec java -Xmx"${HEAP:-192m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn "$@"; }
up() { for _ in $(seq 600); do busy "$P" && return; kill -0 "$1" 2>/dev/null || break; sleep 0.05; done; tail -5 "$2" >&2; return 1; }
for _ in $(seq 60); do busy "$P" || break; sleep 0.05; done; ! busy "$P" || { echo "port $P is in use" >&2; exit 1; }
command -v java >/dev/null && command -v mvn >/dev/null || { apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless maven; } >&2
mkdir -p "$C" "$D"; (flock 9; [ ! -f "$C/ok" ] || exit 0; d() { echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"; }
  echo "<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies>$(d org.apache.kafka kafka_2.13 $V; d org.apache.kafka kafka-tools $V; d org.slf4j slf4j-simple 1.7.36)</dependencies></project>" >"$C/pom.xml"
  mvn -B -q -f "$C/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$C/lib" >&2; mkdir -p "$C/t"; conf "$C/t"; CP=$(printf '%s:' "$C"/lib/*.jar)
  (jvm -cp "$CP" kafka.tools.StorageTool format -t 4L6g3nShT-eMCtK--X86sw -c "$C/t/server.properties") >"$C/t.log" 2>&1; cp -r "$C/t/logs" "$C/formatted"
  (jvm -XX:ArchiveClassesAtExit="$C/kafka.jsa" -cp "$CP" kafka.Kafka "$C/t/server.properties") >>"$C/t.log" 2>&1 9>&- & up $! "$C/t.log"; kill $!; wait $! || :; touch "$C/ok") 9>"$C/lock"
CP=$(printf '%s:' "$C"/lib/*.jar); conf "$D"; [ -d "$D/logs" ] || cp -r "$C/formatted" "$D/logs"
(jvm -XX:SharedArchiveFile="$C/kafka.jsa" -cp "$CP" kafka.Kafka "$D/server.properties") </dev/null >"$D/broker.log" 2>&1 & up $! "$D/broker.log" && echo $!
