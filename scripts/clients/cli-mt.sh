#!/usr/bin/env bash
# ZooKeeper's C library with an ensemble of three: its shell cli_mt, told what cli-mt.txt says, and c/client.c, which makes the
# calls that the shell does not.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

shell=/usr/lib/zookeeper/bin/cli_mt
need "$shell" zookeeper-bin /usr/include/zookeeper/zookeeper.h libzookeeper-mt-dev cc gcc
cc -std=gnu11 -Wall -Wextra -DTHREADED -o "$work/client" "$here/c/client.c" -lzookeeper_mt
start_ensemble 3 extendedTypesEnabled=true
# Its output is in blocks, unless it is a terminal.
"$here/converse.pl" "$here/cli-mt.txt" stdbuf -o0 "$shell" "$connect" >>"$results"
"$work/client" "$connect" >>"$results" 2>"$work/client.log" || record fail "c/client.c ends" "see client.log with --keep"
verdict
