#!/usr/bin/env bash
# Makes one stage slow on purpose, runs a load, and asks `zabbench explain` what limited it: the disk, then one follower's
# link, then the leader's loop. Exit code 1 unless each is named. Two minutes, on a quiet machine.
set -euo pipefail
cd "$(dirname "$0")/.."

zabbench=.build/release/zabbench
out=${1:-$(mktemp -d)}
failures=0

# run NAME PATTERN --set key=value...: a run with these settings, and whether explain says something that fits.
run() {
    local name=$1 pattern=$2
    shift 2
    "$zabbench" run workloads/leader-bottleneck.yaml --results "$out/$name" --no-verdict --repeats 1 \
        --set ensemble.sizes=3 --set null_target=false --set load.saturation.payload_bytes=128 \
        --set load.saturation.connect_to=spread --set duration_s=5 "$@" >"$out/$name.txt" 2>"$out/$name.log"
    "$zabbench" explain "$out/$name/latest" >"$out/$name.explained"
    echo "== $name: $*"
    cat "$out/$name.explained"
    # It breaks its lines at a width.
    if tr '\n' ' ' <"$out/$name.explained" | grep -qiE "$pattern"; then
        echo "-- named"
    else
        echo "-- NOT named: nothing fits \"$pattern\""
        failures=$((failures + 1))
    fi
}

mkdir -p "$out"
run disk 'disk sync' --set inject.sync_us=3000
run link 'link of server 1' --set inject.link_us=5000 --set inject.link_server=1
run loop "leader's loop" --set inject.leader_loop_us=2500
exit $((failures > 0))
