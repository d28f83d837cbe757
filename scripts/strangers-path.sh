#!/usr/bin/env bash
# Runs the seven tasks of docs/guides/getting-started.md exactly as the page prints them, and stops at the first that fails.
#
#   scripts/strangers-path.sh [TASK...]     all by default; a task is its number on the page
#
# ZABBENCH names the program (default .build/release/zabbench). Task 7 is skipped where ZooKeeper is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/guides/getting-started.md
zabbench=$(readlink -f "${ZABBENCH:-.build/release/zabbench}")
[ -x "$zabbench" ] || { echo "strangers-path: $zabbench is not built; run make build" >&2; exit 1; }
work=$(mktemp -d)
[ ! -e .zabbench-data-zookeeper ] || { echo "strangers-path: .zabbench-data-zookeeper exists: stop that ensemble (scripts/zookeeper-ensemble.sh stop) or remove it" >&2; exit 64; }
cleanup() {
    [ ! -e .zabbench-data-zookeeper/pids ] || scripts/zookeeper-ensemble.sh stop .zabbench-data-zookeeper
    rm -rf "$work" .zabbench-data-zookeeper
}
trap cleanup EXIT
trap 'exit 130' INT TERM
ln -s "$zabbench" "$work/zabbench"
export PATH="$work:$PATH"

# The commands below a task's heading.
commands() { # number
    awk -v heading="## $1. " '/^## / { here = index($0, heading) == 1 } /^```/ { inside = here && $0 == "```sh"; next } inside' "$page"
}

tasks=("$@")
[ ${#tasks[@]} -gt 0 ] || mapfile -t tasks < <(sed -nE 's/^## ([0-9]+)\. .*/\1/p' "$page")
[ ${#tasks[@]} -gt 0 ] || { echo "strangers-path: $page has no task" >&2; exit 1; }
skipped=0
for task in "${tasks[@]}"; do
    text=$(commands "$task")
    [ -n "$text" ] || { echo "strangers-path: $page has no commands for task $task" >&2; exit 64; }
    # The page names the build that make bench left; another one may be what is tried.
    text=${text//.build\/release\/zabbench/$zabbench}
    if [[ $text == *zookeeper-ensemble.sh* && ! -r /usr/share/java/zookeeper.jar ]]; then
        echo "== task $task: skipped: ZooKeeper is not installed (apt-get install zookeeper)"
        skipped=$((skipped + 1))
        continue
    fi
    echo "== task $task: $text"
    begun=$SECONDS
    bash -euo pipefail -c "$text" || { code=$?; echo "strangers-path: task $task: exit code $code" >&2; exit 1; }
    echo "== task $task: done in $((SECONDS - begun)) s"
done
echo "strangers-path: $((${#tasks[@]} - skipped)) tasks done, all at the first try; $skipped skipped"
