#!/usr/bin/env bash
# Shows what the exact tier (docs/reference/exact-tier.md) catches: in a clone of HEAD two branches are made,
# planted/allocation-per-write and planted/sync-per-batch, each with the patch of that name in scripts/planted-costs.
# HEAD and both branches are built, and `zabbench exact` must call HEAD equal to its baseline and each branch regressed,
# by the name of what was planted and by no other. Any deviation is a line and exit code 1.
# Ten to twenty minutes on two cores, depending on what else they do: a release build from nothing (most of it) and two of
# what a patch changes. The counts take a second each.
#
#   PLANTED_WORK   a folder for the clone and everything else, which is kept: look at the branches there, and the next
#                  time builds only the changes (default: a temporary folder, removed at the end)
#
# To renew a patch that no longer applies, in any clone: git am --3way PATCH, resolve the conflicts, git add,
# git am --continue, git format-patch -1 --zero-commit --no-signature --stdout >PATCH.
set -euo pipefail
work=
if [ -n "${PLANTED_WORK:-}" ]; then
    mkdir -p "$PLANTED_WORK"
    work=$(cd "$PLANTED_WORK" && pwd)
fi
cd "$(dirname "$0")/.."
patches=scripts/planted-costs

fail() {
    echo "planted-costs: $*" >&2
    exit 1
}

command -v python3 >/dev/null || fail "python3 is needed to read the counts; apt-get install python3"
commit=$(git rev-parse --verify --quiet 'HEAD^{commit}') || fail "$PWD has no commit; clone the repository"
short=$(git rev-parse --short "$commit")
git diff --quiet HEAD -- Sources Package.swift workloads ||
    echo "planted-costs: what is not committed is left out; this is about $short" >&2
if [ -z "$work" ]; then
    work=$(mktemp -d "${TMPDIR:-/tmp}/zabbench-planted-costs.XXXXXX")
    cleanup() {
        # A compiler that was just interrupted may still write a file.
        rm -rf "$work" 2>/dev/null || { sleep 2 && rm -rf "$work"; }
        # The package manager's locks lie beside the folder, and are named by it.
        rm -f "${TMPDIR:-/tmp}"/*"${work##*/}"_*.lock
    }
    trap cleanup EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
fi

clone=$work/zabbench
[ -e "$clone/.git" ] || git clone --quiet --local --no-checkout . "$clone"
# The clone may be older than HEAD, or HEAD on no branch.
git -C "$clone" fetch --quiet "$PWD" HEAD
# The versions of the dependencies that are built here, if anything has been.
[ ! -e Package.resolved ] || cp Package.resolved "$clone/"

# plant NAME: makes the branch planted/NAME, which is HEAD and the patch of that name.
plant() {
    git -C "$clone" checkout --quiet --force -B "planted/$1" "$commit"
    git -C "$clone" -c user.name=planted-costs -c user.email=planted-costs@localhost -c commit.gpgSign=false \
        am --quiet --3way "$PWD/$patches/$1.patch" >"$work/$1.am.log" 2>&1 && return
    cat "$work/$1.am.log" >&2
    git -C "$clone" am --abort 2>/dev/null || true
    fail "$patches/$1.patch no longer applies to $short; how to renew it stands at the top of scripts/planted-costs.sh"
}

# count NAME REF: builds that, and counts; leaves NAME.txt and NAME.json, and in `code` the exit code.
count() {
    local name=$1 begin=$SECONDS
    git -C "$clone" checkout --quiet --force "$2"
    echo "== $name: building ($(git -C "$clone" log -1 --format='%h %s'))"
    (cd "$clone" && ZABBENCH_COMMIT= swift build -c release --product zabbench) >"$work/$name.build.log" 2>&1 || {
        tail -20 "$work/$name.build.log" >&2
        fail "$name cannot be built"
    }
    code=0
    (cd "$clone" && .build/release/zabbench exact) >"$work/$name.txt" || code=$?
    (cd "$clone" && .build/release/zabbench exact --json) >"$work/$name.json" || true
    echo "   built and counted in $((SECONDS - begin)) s; zabbench exact: exit code $code"
}

# judge NAME METRIC PER: whether METRIC, and nothing else, went up by as much as there are of PER, in each load point.
judge() {
    grep -m 3 '^regressed: ' "$work/$1.txt" && echo "..."
    tail -1 "$work/$1.txt"
    python3 - "$code" "$work/$1.json" "$@" <<'PY' || failures=$((failures + 1))
import json, sys
code, file, name, metric, per = sys.argv[1:]
try:
    document = json.load(open(file))
except ValueError:
    sys.exit(f"planted-costs: {name}: zabbench exact has no counts, exit code {code}")
wrong = []
if code != "2":
    wrong.append("; ".join([f"exit code {code}, not 2"] + document["obstacles"] + document["notes"]))
counts = {}
for count in document["counts"]:
    counts.setdefault(count["workload"], {})[count["metric"]] = count["value"]
rise = {load: 0 for load in counts}
for difference in document["differences"]:
    load, found, before, after = (difference.get(key) for key in ("workload", "metric", "before", "after"))
    if found == metric and load in rise and before is not None and after is not None:
        rise[load] = after - before
    else:
        wrong.append(f"{load}: {found} {before} -> {after}, which nothing planted explains")
for load, found in rise.items():
    if found != counts[load][per]:
        wrong.append(f"{load}: {metric} {found:+g}, not one for each of {counts[load][per]:g} {per}")
named = sum(found > 0 for found in rise.values())
if wrong or named == 0:
    rest = f"; and {len(wrong) - 3} deviations more" if len(wrong) > 3 else ""
    wrong = [f"{metric} named in {named} of {len(rise)} load points"] + wrong[:3]
    sys.exit(f"planted-costs: {name}: {'; '.join(wrong)}{rest}")
each = per.replace("_", " ")
print(f"-- caught: {metric} in {named} of {len(rise)} load points, one for each of the {each}, and nothing else")
PY
}

plant allocation-per-write
plant sync-per-batch
failures=0

count head "$commit"
tail -"$((code == 0 ? 1 : 5))" "$work/head.txt"
[ "$code" -eq 0 ] || fail "$short differs from its own baseline, so that nothing can be said of the branches; see above"

# A write that a leader proposes is copied once more.
count allocation-per-write planted/allocation-per-write
judge allocation-per-write allocations writes

# One call more for each group commit. No wait and no response time with it: in the simulator a group commit takes the
# time of one sync, however many calls it makes. Nor a write: what is synced is on the disk already.
count sync-per-batch planted/sync-per-batch
judge sync-per-batch syncs group_commits

[ "$failures" -eq 0 ] || fail "$failures of 2 branches are not caught as they should be; see above"
echo "both planted costs are caught by name, and $short is equal to its baseline; $SECONDS s"
