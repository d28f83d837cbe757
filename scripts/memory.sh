#!/usr/bin/env bash
# What a znode, a watch and a session cost in memory: zabbench beside Debian's Apache ZooKeeper, REPEATS (3) times in turns, each time
# with a server that stands alone and starts empty. Prints each round and the medians; scripts/memory.py says what is measured.
#
#   scripts/memory.sh [--znodes N] [--watches N] [--sessions N]
#
# SYSTEMS ("zabbench zookeeper") names one of them instead of both. ZooKeeper does not sync its log here, which would only take time.
# Needs: python3, zookeeper, a JDK (jcmd), 3 GB of memory, and as many file descriptors as sessions.
set -euo pipefail
cd "$(dirname "$0")/.."
zabbench=${ZABBENCH:-.build/release/zabbench}
repeats=${REPEATS:-3}
fail() { echo "memory: $*" >&2; exit 64; }

case ${1:-} in --help | -h) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
command -v python3 >/dev/null || fail "it takes python3 (apt-get install python3)"
python3 scripts/memory.py 127.0.0.1:0 0 --check "$@" || exit 64
[[ $repeats =~ ^[1-9][0-9]*$ ]] || fail "REPEATS is '$repeats'; give a number of rounds"
for system in ${SYSTEMS:-zabbench zookeeper}; do
    case $system in
        zabbench) [[ -x $zabbench ]] || fail "no $zabbench: run make build, or set ZABBENCH" ;;
        zookeeper)
            [[ -r /usr/share/java/zookeeper.jar ]] && command -v jcmd >/dev/null ||
                fail "ZooKeeper takes apt-get install zookeeper default-jdk-headless; SYSTEMS=zabbench leaves it out" ;;
        *) fail "SYSTEMS has '$system'; there are zabbench and zookeeper" ;;
    esac
done
room=$(df --output=avail --block-size=1M "${TMPDIR:-/tmp}" | tail -n 1)
(( room >= 3000 )) || fail "${TMPDIR:-/tmp} has $(( room )) MB left, and it takes 3000: TMPDIR names another folder"

work=$(mktemp -d "${TMPDIR:-/tmp}/zabbench-memory.XXXXXX")
stop() { [[ ! -e $work/ensemble/pids ]] || scripts/zookeeper-ensemble.sh stop "$work/ensemble"; rm -rf "$work/ensemble"; }
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
ulimit -n "$(ulimit -H -n)"
export ZOOKEEPER_JVMFLAGS=-Dzookeeper.forceSync=no ZOOKEEPER_SETTINGS=$'maxSessionTimeout=600000\nsnapCount=100000000' ZOOKEEPER_HEAP=3g

for (( round = 1; round <= repeats; round++ )); do
    for system in ${SYSTEMS:-zabbench zookeeper}; do
        server='' java=''
        if [[ $system == zabbench ]]; then server="$zabbench serve"; else java=--java; fi
        address=$(ZOOKEEPER_SERVER=$server scripts/zookeeper-ensemble.sh start 1 "$work/ensemble")
        read -r pid _ <"$work/ensemble/pids"
        python3 scripts/memory.py "$address" "$pid" $java "$@" | sed "s/^/$round\t$system\t/" | tee -a "$work/rounds"
        stop
    done
done
echo
echo "medians of $repeats, bytes each"
python3 - "$work/rounds" <<'PYTHON'
import collections, statistics, sys
rounds = collections.defaultdict(list)
for line in open(sys.argv[1]):
    _, system, thing, count, *each = line.rstrip("\n").split("\t")
    rounds[thing, count, system].append([float(value) for value in each])
print("thing", "number", "system", "resident", "live objects", sep="\t")
for (thing, count, system), values in sorted(rounds.items(), key=lambda item: ("znode watch session".index(item[0][0]), item[0][2])):
    print(thing, count, system, *(f"{statistics.median(column):.0f}" for column in zip(*values)), sep="\t")
PYTHON
