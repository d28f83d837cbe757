#!/usr/bin/env bash
# Starts and stops an ensemble of Debian's Apache ZooKeeper on loopback, for comparison with ours.
#
#   scripts/zookeeper-ensemble.sh start N DIR    starts N servers with their data below DIR, waits until a leader
#                                                serves, and prints the connect string for `zabbench run --connect`
#   scripts/zookeeper-ensemble.sh stop DIR       stops exactly the servers that `start` wrote into DIR, keeps the data
#
# The settings are ZooKeeper's own where durability is concerned: every write is fsynced by a quorum (forceSync=yes is
# the default and is not touched). ZOOKEEPER_HEAP (default 1g) sets the heap, ZOOKEEPER_JVMFLAGS adds to it.
# ZOOKEEPER_SETTINGS has more lines for each zoo.cfg. ZOOKEEPER_SERVER is the command of another server that reads the
# same zoo.cfg, such as "zabbench serve".
# Needs, without ZOOKEEPER_SERVER: zookeeper or libzookeeper-java, a Java runtime, libslf4j-java.
set -euo pipefail

jars=/usr/share/java
heap="${ZOOKEEPER_HEAP:-1g}"

fail() { echo "zookeeper-ensemble: $*" >&2; exit 1; }
usage() { sed -n '2,14p' "$0" >&2; exit 64; }

# Distinct free ports: all are bound at once, so that the kernel cannot hand out one of them twice. In Perl, which is
# part of every Debian.
free_ports() {
    perl -MIO::Socket::INET -e '
        my @held = map { IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Proto => "tcp", Listen => 1)
            or die "zookeeper-ensemble: no free port: $@\n" } 1 .. $ARGV[0];
        # Without it servers would start and never find each other.
        IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $held[0]->sockport, Timeout => 5)
            or die "zookeeper-ensemble: 127.0.0.1 cannot be reached: is the loopback interface up (ip link set lo up)?\n";
        print join(" ", map { $_->sockport } @held), "\n";' "$1"
}

# A four-letter word's answer; empty when nothing answers.
ask() {
    { exec 3<>"/dev/tcp/127.0.0.1/$1" && printf '%s' "$2" >&3 && timeout 2 cat <&3; exec 3>&- || true; } 2>/dev/null || true
}

# Start time of a process in clock ticks since boot; with the pid it names one process for ever.
start_ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

write_configuration() { # index, directory, all ports
    local i=$1 dir=$2; shift 2
    local ports=("$@") n=$(( $# / 3 )) j
    mkdir -p "$dir/server$i/data"
    echo "$i" >"$dir/server$i/data/myid"
    {
        echo "tickTime=2000"
        echo "initLimit=10"
        echo "syncLimit=5"
        echo "dataDir=$dir/server$i/data"
        echo "clientPortAddress=127.0.0.1"
        echo "clientPort=${ports[i - 1]}"
        echo "maxClientCnxns=0"
        echo "admin.enableServer=false"
        echo "4lw.commands.whitelist=*"
        echo "autopurge.purgeInterval=0"
        [[ -z ${ZOOKEEPER_SETTINGS:-} ]] || echo "$ZOOKEEPER_SETTINGS"
        # One server is a quorum of one only as a standalone server: ZooKeeper refuses server.1 alone.
        if (( n > 1 )); then
            for (( j = 1; j <= n; j++ )); do
                echo "server.$j=127.0.0.1:${ports[n + 2 * j - 2]}:${ports[n + 2 * j - 1]}"
            done
        fi
    } >"$dir/server$i/zoo.cfg"
}

start() {
    local n=$1 dir=$2 i pid
    [[ $n =~ ^[0-9]+$ ]] && (( n >= 1 && n <= 13 )) || fail "N is $n; give 1 to 13"
    local command
    if [[ -n ${ZOOKEEPER_SERVER:-} ]]; then
        read -r -a command <<<"$ZOOKEEPER_SERVER"
    else
        [[ -r $jars/zookeeper.jar ]] || fail "no $jars/zookeeper.jar; apt-get install zookeeper"
        command -v java >/dev/null || fail "no java; apt-get install default-jre-headless"
        # zookeeper.jar names its dependencies in its manifest; only a backend for slf4j is missing there.
        command=(java -Xms"$heap" -Xmx"$heap" ${ZOOKEEPER_JVMFLAGS:-} -Dzookeeper.jmx.log4j.disable=true
            -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true
            -cp "$jars/zookeeper.jar:$jars/slf4j-simple.jar" org.apache.zookeeper.server.quorum.QuorumPeerMain)
    fi
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    [[ ! -e $dir/pids ]] || fail "$dir/pids exists: stop that ensemble first"
    local ports
    read -r -a ports < <(free_ports $(( 3 * n ))) || exit 1
    for (( i = 1; i <= n; i++ )); do write_configuration "$i" "$dir" "${ports[@]}"; done
    : >"$dir/pids"
    trap 'stop "'"$dir"'"; exit 130' INT TERM
    for (( i = 1; i <= n; i++ )); do
        setsid "${command[@]}" "$dir/server$i/zoo.cfg" >"$dir/server$i.log" 2>&1 </dev/null &
        pid=$!
        echo "$pid $(start_ticks "$pid") $i" >>"$dir/pids"
    done
    if ! wait_until_serving "$dir" "${ports[@]:0:n}"; then
        stop "$dir"
        fail "the ensemble does not serve; its logs are in $dir"
    fi
    trap - INT TERM
    local connect
    connect=$(printf ',127.0.0.1:%s' "${ports[@]:0:n}")
    echo "${connect:1}" | tee "$dir/connect"
}

wait_until_serving() { # directory, client ports
    local dir=$1 port serving state; shift
    for (( attempt = 0; attempt < 300; attempt++ )); do
        serving=0
        for port in "$@"; do
            state=$(ask "$port" mntr | awk '$1 == "zk_server_state" { print $2 }')
            [[ $state == leader || $state == follower || $state == standalone ]] && serving=$(( serving + 1 ))
        done
        (( serving == $# )) && return 0
        while read -r pid ticks i; do
            [[ $(start_ticks "$pid") == "$ticks" ]] || { tail -n 5 "$dir/server$i.log" >&2; return 1; }
        done <"$dir/pids"
        sleep 0.2
    done
    tail -n 5 "$dir"/server*.log >&2
    return 1
}

stop() {
    local dir=$1 pid ticks i
    [[ -r $dir/pids ]] || fail "no $dir/pids: nothing was started there"
    while read -r pid ticks i; do
        [[ -n $ticks && $(start_ticks "$pid") == "$ticks" ]] && kill -TERM "$pid"
    done <"$dir/pids" || true
    while read -r pid ticks i; do
        for (( attempt = 0; attempt < 50; attempt++ )); do
            [[ -n $ticks && $(start_ticks "$pid") == "$ticks" ]] || continue 2
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
    done <"$dir/pids"
    rm -f "$dir/pids" "$dir/connect"
}

case "${1:-}" in
    start) [[ $# == 3 ]] || usage; start "$2" "$3" ;;
    stop) [[ $# == 2 ]] || usage; stop "$2" ;;
    *) usage ;;
esac
