#!/usr/bin/env bash
# Runs the clients that are named, one after the other, and says at the end which of them failed.
#
#   scripts/clients/all.sh [--system zabbench|zookeeper] CLIENT ...
#
# Exit code 1 if one failed. What is missing and cannot be installed is said and is no failure.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
system=zabbench check=
[[ ${1:-} != --check ]] || { check=yes; shift; } # the names only
[[ ${1:-} != --system ]] || { system=${2:-}; shift $(( $# > 1 ? 2 : 1 )); }
usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; }
case ${1:-} in
    --help | -h) usage; exit 0 ;;
    '') usage >&2; exit 64 ;;
esac
[[ $system == zabbench || $system == zookeeper ]] ||
    { echo "clients: --system takes zabbench or zookeeper, not '$system'" >&2; exit 64; }
# All names first: a wrong one must not be found after half an hour.
known=()
for script in "$here"/*.sh; do [[ $script == */@(all|lib).sh ]] || known+=("$(basename "$script" .sh)"); done
for client; do
    [[ " ${known[*]} " == *" $client "* ]] || { echo "clients: no client $client; there are ${known[*]}" >&2; exit 64; }
done
[[ -z $check ]] || exit 0
failed=() absent=()
trap 'exit 130' INT TERM # a client's script ends by itself then, and the next one must not begin
for client; do
    "$here/$client.sh" --system "$system"
    case $? in
        0) ;;
        77) absent+=("$client") ;;
        *) failed+=("$client") ;;
    esac
done
(( ${#absent[@]} == 0 )) || echo "clients: not run: ${absent[*]}"
(( ${#failed[@]} == 0 )) || { echo "clients: failed: ${failed[*]}"; exit 1; }
