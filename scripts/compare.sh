#!/usr/bin/env bash
# The same load on zabbench, on Apache ZooKeeper (Debian's package) and, as a floor, on a C program that does the least
# work that a durable three-server broadcast can do; interleaved, medians of ROUNDS (default 5).
#
#   scripts/compare.sh [OUT]      OUT (default results/<UTC>-compare) gets compare.csv and the rows of every run
#
# Every write is fsynced by a quorum in all three. ZooKeeper runs with its limit on outstanding requests raised above the
# load's 1,024 (its default of 1,000 would throttle it) and with a longer warm-up for its compiler.
# YARDSTICK names the C source (default ../shared/yardstick/speed_of_light.c); without it that column stays empty.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5}
out=${1:-results/$(date -u +%Y%m%dT%H%M%SZ)-compare}
yardstick=${YARDSTICK:-../shared/yardstick/speed_of_light.c}
zabbench=.build/release/zabbench
[ -x "$zabbench" ] || { echo "compare: $zabbench is not built; run make build" >&2; exit 1; }
command -v python3 >/dev/null || { echo "compare: python3 is needed for the table; apt-get install python3" >&2; exit 1; }
[ -e /usr/share/java/zookeeper.jar ] || { echo "compare: install Apache ZooKeeper first: apt-get install zookeeper" >&2; exit 1; }
work=$(mktemp -d "$PWD/.zabbench-data-compare.XXXXXX")
mkdir -p "$out"
cleanup() { scripts/zookeeper-ensemble.sh stop "$work/zk" >/dev/null 2>&1 || true; rm -rf "$work"; }
trap cleanup EXIT
trap 'exit 130' INT TERM

rows="$out/compare.csv"
echo "round,system,load,achieved_per_s,response_p50_us,response_p99_us,cpu_us_per_write,valid" >"$rows"

# Appends the rows of a zabbench run to compare.csv.
take() { # round, system, folder
    python3 - "$@" "$rows" <<'PY'
import csv, sys
round_, system, folder, rows = sys.argv[1:]
with open(rows, "a", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    for row in csv.DictReader(open(folder + "/latest/summary.csv", newline="")):
        load = "serial" if (row["clients"], row["outstanding"]) == ("1", "1") else "saturation"
        writer.writerow([round_, system, load] + [row[key] for key in (
            "achieved_per_s", "response_p50_us", "response_p99_us", "cpu_us_per_write", "valid")])
PY
}

run_yardstick() { # round
    [ -e "$yardstick" ] || return 0
    [ -x "$work/sol" ] || gcc -O2 -march=native -pthread -o "$work/sol" "$yardstick"
    local load window line
    for load in saturation:1024 serial:1; do
        window=${load#*:}
        line=$("$work/sol" 3 "$window" 128 8 "$work")
        echo "$line" | sed -E "s/.*ops\/s=([0-9]+) p50=([0-9]+)us p99=([0-9]+)us.*/$1,yardstick,${load%:*},\1,\2,\3,,true/" >>"$rows"
    done
}

run_zabbench() { # round
    "$zabbench" run workloads/saturation.yaml --results "$out/runs/zabbench-$1" --data "$work/zb" >"$out/zabbench-$1.txt" 2>&1
    take "$1" zabbench "$out/runs/zabbench-$1"
}

run_zookeeper() { # round
    local connect
    connect=$(ZOOKEEPER_JVMFLAGS="-Dzookeeper.globalOutstandingLimit=100000 ${ZOOKEEPER_JVMFLAGS:-}" \
        scripts/zookeeper-ensemble.sh start 3 "$work/zk")
    "$zabbench" run workloads/saturation.yaml --connect "$connect" --set warmup_s=10 \
        --results "$out/runs/zookeeper-$1" >"$out/zookeeper-$1.txt" 2>&1 || cat "$out/zookeeper-$1.txt" >&2
    scripts/zookeeper-ensemble.sh stop "$work/zk" >/dev/null
    rm -rf "$work/zk"
    take "$1" zookeeper "$out/runs/zookeeper-$1"
}

for ((round = 1; round <= rounds; round++)); do
    echo "round $round of $rounds" >&2
    # A different order each round, so that no system always has the warm or the tired disk.
    case $((round % 3)) in
        0) order="yardstick zookeeper zabbench" ;;
        1) order="zabbench yardstick zookeeper" ;;
        2) order="zookeeper zabbench yardstick" ;;
    esac
    for system in $order; do "run_$system" "$round"; done
done

scripts/compare-table.py "$rows"
echo "Rows: $rows" >&2
