# What the scripts of this folder share; each of them sources it and then runs one client's checks.
#
#   scripts/clients/CLIENT.sh [--system zabbench|zookeeper] [--keep]
#
# The same checks run against zabbench (the default: ZABBENCH, or .build/release/zabbench) and against Debian's Apache
# ZooKeeper. A check that fails must stand in expected.tsv with its reason, and one that stands there must fail; anything
# else ends with exit code 1. 77 means that nothing was run, because something is missing that cannot be installed.
# Servers get free ports, a folder of their own, and are stopped by their process ids; --keep keeps the folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
client=$(basename "$0" .sh)
jars=/usr/share/java
system=zabbench
keep=
zabbench=${ZABBENCH:-$root/.build/release/zabbench}

while (( $# )); do
    case $1 in
        --system) system=${2:-}; shift $(( $# > 1 ? 2 : 1 )) ;;
        --keep) keep=yes; shift ;;
        --help | -h) sed -n '3,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) echo "$client: unknown option $1: scripts/clients/$client.sh --help says which there are" >&2; exit 64 ;;
    esac
done
case $system in
    zabbench) [[ -x $zabbench ]] || { echo "$client: no $zabbench: run make build, or set ZABBENCH" >&2; exit 69; } ;;
    zookeeper) ;;
    *) echo "$client: --system takes zabbench or zookeeper, not '$system'" >&2; exit 64 ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/zabbench-$client.XXXXXX")
results=$work/results # one line a check: pass, fail or skip; its name; why (tabs between)
: >"$results"
trap finish EXIT
trap 'exit 130' INT TERM

finish() {
    local code=$? folder pid ticks
    for folder in "$work"/ensemble*; do
        [[ ! -e $folder/pids ]] || "$root/scripts/zookeeper-ensemble.sh" stop "$folder" || true
    done
    if [[ -e $work/pids ]]; then
        while read -r pid ticks; do
            [[ $(start_ticks "$pid") != "$ticks" ]] || end_process "$pid"
        done <"$work/pids"
    fi
    if [[ -n $keep ]]; then echo "$client: kept $work"; else rm -rf "$work"; fi
    exit "$code"
}

start_ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# Remembers a process that was started, so that it ends with the script.
remember() { echo "$1 $(start_ticks "$1")" >>"$work/pids"; }

end_process() { # pid
    local attempt
    kill -TERM "$1" 2>/dev/null || return 0
    for (( attempt = 0; attempt < 100; attempt++ )); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
}

missing() { echo "$client: not run: $*" >&2; exit 77; }

# need_room MEGABYTES: as many are free where everything is written.
need_room() {
    local free; free=$(df --output=avail --block-size=1M "$work" | tail -n 1)
    (( free >= $1 )) || missing "$(dirname "$work") has $(( free )) MB left, and it takes $1: TMPDIR names another folder"
}
need_room 1000 # three servers with their logs

# need FILE PACKAGE ...: installs Debian's PACKAGE where FILE (or a program of that name) does not exist. Services do not start.
need() {
    local packages=() guard=
    while (( $# )); do
        [[ -e $1 ]] || command -v "$1" >/dev/null || packages+=("$2")
        shift 2
    done
    (( ${#packages[@]} )) || return 0
    command -v apt-get >/dev/null && [[ $(id -u) -eq 0 ]] || missing "it takes ${packages[*]} (apt-get install, as root)"
    echo "$client: installing ${packages[*]}" >&2
    [[ -e /usr/sbin/policy-rc.d ]] || { guard=/usr/sbin/policy-rc.d; printf '#!/bin/sh\nexit 101\n' >"$guard"; chmod +x "$guard"; }
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}"; } \
        >"$work/apt.log" 2>&1 || { rm -f "$guard"; missing "${packages[*]} cannot be installed: $(tail -n 1 "$work/apt.log")"; }
    rm -f "$guard"
}

# The real server: a Java runtime, its jars, and a backend for its log.
need_zookeeper() { need java default-jre-headless "$jars/zookeeper.jar" libzookeeper-java "$jars/slf4j-simple.jar" libslf4j-java; }

# need_python REQUIREMENT ...: a virtual environment with these, of which $python is the interpreter.
need_python() {
    python=$work/python/bin/python
    command -v python3 >/dev/null && python3 -m venv "$work/python" >"$work/pip.log" 2>&1 ||
        missing "it takes python3 with venv (apt-get install python3-venv)"
    (( $# )) || return 0
    "$python" -m pip install --quiet --disable-pip-version-check "$@" >"$work/pip.log" 2>&1 ||
        missing "PyPI does not give $*: $(tail -n 1 "$work/pip.log")"
}

# compile CLASSPATH NAME: the Java program NAME of this folder and what it shares with others, into $work/classes.
compile() {
    need javac default-jdk-headless
    javac -nowarn -proc:none -d "$work/classes" -cp "$1" -sourcepath "$here/java" "$here/java/$2.java" 2>"$work/javac.log" ||
        { cat "$work/javac.log" >&2; exit 1; }
}

# start_ensemble N [LINE ...]: N servers of the system with these lines in their zoo.cfg. Sets connect (all of them, as clients
# want it) and ensemble (the folder).
start_ensemble() {
    local n=$1; shift
    ensemble=$(mktemp -d "$work/ensemble.XXXXXX")
    local settings; settings=$(printf '%s\n' "$@")
    if [[ $system == zabbench ]]; then
        connect=$(ZOOKEEPER_SERVER="$zabbench serve" ZOOKEEPER_SETTINGS="$settings" \
            "$root/scripts/zookeeper-ensemble.sh" start "$n" "$ensemble")
    else
        need_zookeeper
        connect=$(ZOOKEEPER_HEAP=512m ZOOKEEPER_SETTINGS="$settings" "$root/scripts/zookeeper-ensemble.sh" start "$n" "$ensemble")
    fi
}

# record pass|fail|skip NAME [WHY]
record() { printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$results"; }

# check NAME PATTERN COMMAND ...: repeats the command until it succeeds with an output that matches, for at most five minutes.
check() {
    local name=$1 pattern=$2 answer='' end=$(( SECONDS + 300 )); shift 2
    while (( SECONDS < end )); do
        answer=$("$@" 2>&1) && [[ $answer =~ $pattern ]] && { record pass "$name"; return; }
        sleep 0.5
    done
    record fail "$name" "$(tail -c 200 <<<"$answer" | tr '\n\t' '  ')"
}

# The failed checks that expected.tsv does not have, one a line.
unexpected() {
    awk -F'\t' -v client="$client" -v against="$system" '
        NR == FNR { if ($1 == client && ($2 == against || $2 == "both")) known[$3]; next }
        $1 == "fail" && !($2 in known) { print $2 }' "$here/expected.tsv" "$results"
}

# second_results FILE: what was run again counts instead of what came of it first, and the log says so.
second_results() {
    awk -F'\t' -v client="$client" -v both="$work/both" '
        NR == FNR { second[$2] = $0; next }
        $2 in second && $1 == "fail" { print client ": a second try for " $2 ($3 == "" ? "" : ": " $3) }
        { print $2 in second ? second[$2] : $0 >both }' "$1" "$results"
    mv "$work/both" "$results"
}

# Compares the results with expected.tsv, prints them, and ends the script.
verdict() {
    local code=0
    echo "$client against $system"
    awk -F'\t' -v client="$client" -v against="$system" '
        FILENAME != ARGV[2] { if ($1 == client && ($2 == against || $2 == "both")) reason[$3] = $4; next }
        { count[$1]++; seen[$2] = $1 }
        $1 == "fail" && $2 in reason { print "  fails as expected (" reason[$2] "): " $2; next }
        $1 == "fail" { print "  FAILS: " $2 ($3 == "" ? "" : ": " $3); bad = 1 }
        END {
            for (name in reason) if (seen[name] == "pass") { print "  passes, but is in expected.tsv: " name; bad = 1 }
            if (count["pass"] + count["fail"] == 0) { print "  nothing was run"; bad = 1 }
            printf "%s: %d passed, %d failed, %d skipped\n", client, count["pass"], count["fail"], count["skip"]
            exit bad
        }' "$here/expected.tsv" "$results" || code=1
    exit "$code"
}

# Puts stand-in/java in front of the real one: for suites that start the servers themselves.
stand_in() {
    [[ $system == zabbench ]] || need_zookeeper
    export STAND_IN_SYSTEM=$system STAND_IN_SERVER=$zabbench STAND_IN_LOG=$work/servers.log STAND_IN_PIDS=$work/pids
    export PATH="$here/stand-in:$PATH"
}

# The first of N neighbouring ports that are free now, below those that the kernel hands out.
free_range() {
    perl -MIO::Socket::INET -e '
        for (1 .. 200) {
            my $first = 10000 + int(rand(20000));
            my @held = grep { $_ } map { IO::Socket::INET->new(LocalPort => $_, Proto => "tcp", Listen => 1) }
                $first .. $first + $ARGV[0] - 1;
            if (@held == $ARGV[0]) { print "$first\n"; exit 0 }
        }
        die "no free ports\n"' "$1"
}
