#!/usr/bin/env bash
# zkCli.sh as Debian packages it, with an ensemble of three: what zkcli.txt types, and what must come.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

shell=/usr/share/zookeeper/bin/zkCli.sh
need java default-jre-headless "$shell" zookeeper
start_ensemble 3 extendedTypesEnabled=true
"$here/converse.pl" "$here/zkcli.txt" "$shell" -server "$connect" >>"$results"
verdict
