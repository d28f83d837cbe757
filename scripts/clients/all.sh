#!/usr/bin/env bash
# Runs the clients that are named, one after the other, and says at the end which of them failed.
#
#   scripts/clients/all.sh [--system zabbench|zookeeper] CLIENT ...
#
# Exit code 1 if one failed. What is missing and cannot be installed is said and is no failure.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
system=zabbench
[[ ${1:-} != --system ]] || { system=${2:-}; shift 2; }
(( $# )) || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 64; }
failed=() absent=()
trap 'exit 130' INT TERM # a client's script ends by itself then, and the next one must not begin
for client; do
    [[ -x $here/$client.sh && $client != all ]] || { echo "clients: there is no $client" >&2; exit 64; }
    "$here/$client.sh" --system "$system"
    case $? in
        0) ;;
        77) absent+=("$client") ;;
        *) failed+=("$client") ;;
    esac
done
(( ${#absent[@]} == 0 )) || echo "clients: not run: ${absent[*]}"
(( ${#failed[@]} == 0 )) || { echo "clients: failed: ${failed[*]}"; exit 1; }
