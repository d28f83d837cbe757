#!/usr/bin/env bash
# Runs the tests of data that threads share (rings, the log thread, the snapshot thread) and of the log's files under
# ThreadSanitizer, then under AddressSanitizer. Exit code 1 if either reports anything.
set -euo pipefail
cd "$(dirname "$0")/.."

export SWIFT_BACKTRACE=enable=no
# Only the modules that these tests need are built, since everything that is built is instrumented.
export ZABBENCH_ONLY=LogTests
filter='RingTests|LogThreadTests|SnapshotTests|TransactionLogTests|EpochFileTests|HostileFilesTests'

run() {
    name=$1
    scratch=.build/$2
    shift 2
    mkdir -p "$scratch"
    swift build --build-tests --sanitize "$name" --scratch-path "$scratch" -Xswiftc -use-ld=lld >"$scratch/build.log" 2>&1 \
        || { tail -20 "$scratch/build.log"; exit 1; }
    echo "== $name: LogTests ($filter)"
    status=0
    env "$@" swift test --skip-build --sanitize "$name" --scratch-path "$scratch" -Xswiftc -use-ld=lld \
        --filter "$filter" >"$scratch/test.log" 2>&1 || status=$?
    reports=$(grep -c -E '(WARNING|ERROR): (Thread|Address)Sanitizer' "$scratch/test.log" || true)
    tail -1 "$scratch/test.log"
    echo "$name: $reports reports, exit $status, log in $scratch/test.log"
    if [ "$reports" -ne 0 ] || [ "$status" -ne 0 ]; then
        grep -m3 -A25 -E '(WARNING|ERROR): (Thread|Address)Sanitizer' "$scratch/test.log" || true
        failed=1
    fi
}

failed=0
run thread tsan "TSAN_OPTIONS=halt_on_error=0:exitcode=66:suppressions=$PWD/scripts/tsan-suppressions.txt"
run address asan ASAN_OPTIONS=detect_leaks=0
exit "$failed"
