#!/usr/bin/env bash
# Apache Curator 5.4 (Java): each of its recipes with two or more clients of an ensemble of three (java/Curator.java).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need java default-jre-headless "$jars/curator-recipes.jar" libcurator-recipes-java "$jars/slf4j-simple.jar" libslf4j-java
classpath=$jars/curator-recipes.jar:$jars/slf4j-simple.jar
compile "$classpath:$jars/curator-framework.jar:$jars/curator-client.jar:$jars/zookeeper.jar:$jars/zookeeper-jute.jar" Curator
start_ensemble 3 extendedTypesEnabled=true
java -Xmx256m -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$work/classes:$classpath" Curator "$connect" \
    >>"$results" 2>"$work/curator.log" || record fail "the program ends" "see curator.log with --keep"
verdict
