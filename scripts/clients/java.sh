#!/usr/bin/env bash
# ZooKeeper's own Java client with an ensemble of three: each of its calls (java/JavaClient.java).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_zookeeper
classpath=$jars/zookeeper.jar:$jars/slf4j-simple.jar
compile "$classpath:$jars/zookeeper-jute.jar" JavaClient
start_ensemble 3 extendedTypesEnabled=true
java -Xmx256m -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$work/classes:$classpath" JavaClient "$connect" \
    >>"$results" 2>"$work/java.log" || record fail "the program ends" "see java.log with --keep"
verdict
