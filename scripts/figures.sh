#!/usr/bin/env bash
# Measures results/reference again and fills in the figures of README and the other pages from it.
#
#   scripts/figures.sh [NAME...]     all by default, about five hours on two quiet cores; where a step fails,
#                                    the old files remain
set -euo pipefail
cd "$(dirname "$0")/.."
zabbench=.build/release/zabbench
[ -x "$zabbench" ] || { echo "figures: $zabbench is not built; run make build" >&2; exit 1; }
reference=results/reference
work=$(mktemp -d .zabbench-data-figures.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# In the order of their length; each a name, about how many minutes, and the function or workload that makes it.
names=(verdict calibration quick slow-stages lossy election-3 election-killed leader-bottleneck fsync-default ensemble-size soak
    fsync election versus-election versus ab)
declare -A minutes=([verdict]=3 [calibration]=1 [quick]=1 [slow-stages]=2 [lossy]=3 [election-3]=4 [election-killed]=8
    [leader-bottleneck]=10 [fsync-default]=9 [ensemble-size]=9 [soak]=10 [fsync]=13 [election]=15
    [versus-election]=10 [versus]=20 [ab]=160)

# A failure ends each of these by `&&`: set -e does not work inside a function whose exit code the caller checks.

# Replaces the old folder or file with the new one.
take() { # new, name
    rm -rf "${reference:?}/$2"
    mv "$1" "$reference/$2"
}

run() { # name, zabbench run's arguments
    local name=$1 code=0 partial='"failed_runs"'
    shift
    "$zabbench" run "$@" --results "$work/$name" --data "$work/data" || code=$?
    # A comparison without one of its systems is none; of logs this machine may offer only some.
    [[ $name != versus* ]] || partial='"(failed_runs|skipped)"'
    # Exit code 1 is also a fault whose phases do not add up, or a rate that was too high: such rows say so themselves.
    [ "$code" -le 1 ] && [ -e "$work/$name/latest" ] && ! grep -q '"failure"' "$work/$name/latest/manifest.json" &&
        ! grep -A2 -E "^  $partial : " "$work/$name/latest/manifest.json" | grep -q '{' &&
        take "$(readlink -f "$work/$name/latest")" "$name"
}

verdict() {
    # The last one is what `make test` has time for.
    mkdir "$work/verdict" &&
        "$zabbench" verdict --fresh --json --out "$work/verdict/strategies.json" &&
        "$zabbench" verdict --fresh --workload workloads/fsync.yaml --json --out "$work/verdict/groups.json" &&
        "$zabbench" verdict --fresh periodic_1000ms_append periodic_10ms_append periodic_5ms_append \
            periodic_1ms_append --json --out "$work/verdict/intervals.json" &&
        "$zabbench" verdict --fresh none_recycled periodic_100ms_recycled sync_file_range_recycled fsync_recycled \
            fdatasync_recycled o_dsync_recycled rwf_dsync_recycled o_direct_dsync_recycled io_uring_recycled \
            --seeds 1..1 --json --out "$work/verdict/seed-1.json" &&
        take "$work/verdict" verdict
}

calibration() {
    "$zabbench" calibrate --data "$work/data" --json --out "$work/calibration.json" &&
        take "$work/calibration.json" calibration.json
}

slow_stages() {
    scripts/slow-stages.sh >"$work/slow-stages.txt" && take "$work/slow-stages.txt" slow-stages.txt
}

# False alarms first: they need many comparisons. A second call continues where the first was stopped.
ab() {
    local study=results/figures-ab short="--lean --pairs 11 --set duration_s=1 --set warmup_s=0.2"
    # shellcheck disable=SC2086
    nice -n 19 "$zabbench" power workloads/ab.yaml --results "$study" --slowdowns 0 --until 300 --draws 0 $short &&
        "$zabbench" power workloads/ab.yaml --results "$study" --slowdowns 1,3,5,10 --until 4 $short &&
        mkdir "$work/ab" &&
        mv "$study/pairs.csv" "$study/power.md" "$work/ab" &&
        rm -rf "$study" &&
        take "$work/ab" ab
}

make_figure() { # name
    case $1 in
        slow-stages) slow_stages ;;
        verdict | calibration | ab) "$1" ;;
        election-3) run "$1" workloads/election.yaml --set ensemble.sizes=3 --set faults.repeats=6 \
            --set faults.state.znodes=1000 ;;
        election) run "$1" workloads/election.yaml --set faults.repeats=1 --set faults.pause_s=1 ;;
        election-killed) run "$1" workloads/election.yaml --set faults.repeats=6 --set faults.pause_s=1 \
            --set 'faults.kinds=[leader_killed]' --set 'ensemble.sizes=[3,5]' ;;
        versus | versus-election)
            [ -e .build/with-etcd ] || { echo "figures: $1 needs all systems: make peers" >&2; return 1; }
            if [ "$1" = versus ]; then
                run versus workloads/versus.yaml
            else
                run "$1" "workloads/$1.yaml" --set ensemble.tick_time_ms=100 --set ensemble.init_limit=100 --set faults.repeats=2
            fi ;;
        leader-bottleneck) run "$1" "workloads/$1.yaml" --repeats 3 ;;
        *) run "$1" "workloads/$1.yaml" ;;
    esac
}

wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=("${names[@]}")
total=0
for name in "${wanted[@]}"; do
    [ -n "${minutes[$name]:-}" ] || { echo "figures: no such figure: $name; choose from ${names[*]}" >&2; exit 64; }
    total=$((total + minutes[$name]))
done
echo "figures: ${wanted[*]}: about $total minutes" >&2
failed=()
for name in "${wanted[@]}"; do
    echo "figures: $name, about ${minutes[$name]} minutes" >&2
    make_figure "$name" || failed+=("$name")
done
"$zabbench" figures README.md ARCHITECTURE.md docs/*.md docs/*/*.md
[ ${#failed[@]} -eq 0 ] || { echo "figures: failed, old results kept: ${failed[*]}" >&2; exit 1; }
