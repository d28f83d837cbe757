#!/usr/bin/env bash
# Fuzzes every parser with libFuzzer and AddressSanitizer. Prints one line per target and keeps its first crash.
#
#   FUZZ_SECONDS   seconds per target (60)
#   FUZZ_TARGETS   targets, separated by spaces (all)
#   FUZZ_JOBS      how many targets at a time (one per processor)
#   FUZZ_LOOP      1: the seeded loop without feedback and sanitizers instead: 10 to 100 times the executions
#   FUZZ_SEED      of the loop (1)
#
# A target may use 2 GiB and allocate 256 MiB at once; one input may take 20 seconds. Exit code 1 if anything crashed.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
jobs=${FUZZ_JOBS:-$(nproc)}
scratch=.build/fuzz
flags=(-Xswiftc -sanitize=fuzzer,address -Xswiftc -DLIBFUZZER -Xswiftc -use-ld=lld)
if [ "${FUZZ_LOOP:-0}" = 1 ]; then
    scratch=.build/fuzz-loop
    flags=()
fi
work=$scratch/work
mkdir -p "$work"
targets=${FUZZ_TARGETS:-$(sed -n 's/.*= FuzzTarget("\([^"]*\)".*/\1/p' Sources/proof/Fuzz/*.swift | sort)}

# Swift's own backtrace would wait for a debugger that libFuzzer keeps from it.
export SWIFT_BACKTRACE=enable=no
export FUZZ_WORK=$PWD/$work FUZZ_SECONDS=$seconds FUZZ_SEED=${FUZZ_SEED:-1} FUZZ_LOOP=${FUZZ_LOOP:-0}
ZABBENCH_ONLY=zabfuzz swift build -c release --product zabfuzz --scratch-path "$scratch" "${flags[@]}" 2>&1 \
    | grep -v 'Cannot export' >"$work/build.log" || { tail -20 "$work/build.log"; exit 1; }
export FUZZ_PROGRAM=$PWD/$scratch/release/zabfuzz

one() {
    target=$1
    log=$FUZZ_WORK/$target.log
    cd "$FUZZ_WORK"
    if [ "$FUZZ_LOOP" = 1 ]; then
        "$FUZZ_PROGRAM" run "$target" "$FUZZ_SECONDS" "$FUZZ_SEED" >"$log" 2>&1 && cat "$log" && return
        echo "$target: CRASH: $(grep -m1 -E 'Fatal error|Precondition' "$log" || echo 'see the log')"
        echo "  replay: $FUZZ_PROGRAM replay $target $FUZZ_WORK/fuzz-crash-$target   log: $log"
        return 1
    fi
    mkdir -p "corpus/$target"
    export ZABFUZZ_TARGET=$target
    ZABFUZZ_SEEDS=corpus/$target "$FUZZ_PROGRAM"
    rm -f "crash-$target-"*
    status=0
    "$FUZZ_PROGRAM" -max_total_time="$FUZZ_SECONDS" -max_len=4096 -rss_limit_mb=2048 -malloc_limit_mb=256 -timeout=20 \
        -print_final_stats=1 -artifact_prefix="crash-$target-" "corpus/$target" >"$log" 2>&1 || status=$?
    figure() { sed -n "s/^stat::$1: *//p" "$log"; }
    echo "$target: $(figure number_of_executed_units) executions, $(figure average_exec_per_sec)/s, $(figure peak_rss_mb) MiB"
    [ "$status" -eq 0 ] && return
    echo "$target: CRASH: $(grep -m1 -E 'Fatal error|Precondition|ERROR' "$log" || echo 'see the log')"
    for file in "crash-$target-"*; do
        echo "  replay: ZABFUZZ_TARGET=$target $FUZZ_PROGRAM $FUZZ_WORK/$file   log: $log"
    done
    return 1
}
export -f one

# xargs ends with 123 if one of them failed, after all the others have had their time.
echo "$targets" | tr ' ' '\n' | xargs -P "$jobs" -I{} bash -c 'one {}' || { echo "fuzz: crashes found" >&2; exit 1; }
