#!/usr/bin/env bash
# ClickHouse 18.16 as Debian packages it: two replicas of a ReplicatedMergeTree on an ensemble of three, whose leader is killed
# on the way. Its servers are plain processes with folders of their own.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need clickhouse-server clickhouse-server clickhouse-client clickhouse-client
start_ensemble 3
first=$(free_range 6)

write_configuration() { # replica
    local folder=$work/replica$1 port=$(( first + 3 * ($1 - 1) )) server
    mkdir -p "$folder/tmp"
    {
        echo "<yandex><logger><level>information</level><log>$folder/log</log><errorlog>$folder/errors</errorlog></logger>"
        echo "<tcp_port>$port</tcp_port><http_port>$(( port + 1 ))</http_port>"
        echo "<interserver_http_port>$(( port + 2 ))</interserver_http_port><interserver_http_host>127.0.0.1</interserver_http_host>"
        echo "<listen_host>127.0.0.1</listen_host><path>$folder/</path><tmp_path>$folder/tmp/</tmp_path>"
        echo "<mark_cache_size>100000000</mark_cache_size><users_config>$folder/users.xml</users_config>"
        echo "<default_profile>default</default_profile><default_database>default</default_database>"
        echo "<macros><replica>$1</replica></macros><zookeeper><session_timeout_ms>10000</session_timeout_ms>"
        for server in ${connect//,/ }; do echo "<node><host>${server%:*}</host><port>${server#*:}</port></node>"; done
        echo "</zookeeper></yandex>"
    } >"$folder/config.xml"
    cat >"$folder/users.xml" <<'XML'
<yandex><profiles><default></default></profiles><quotas><default></default></quotas><users><default><password></password>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></yandex>
XML
}

ask() { # replica, query: the answer in one line
    timeout 30 clickhouse-client --host 127.0.0.1 --port $(( first + 3 * ($1 - 1) )) --query "$2" 2>&1 | tr '\n\t' '  '
}

# answers NAME EXPECTED REPLICA QUERY: the answer becomes the expected one.
answers() { check "$1" "^$2 \$" ask "$3" "$4"; }

# try NAME REPLICA QUERY: the query succeeds.
try() { check "$1" '' ask "$2" "$3"; }

for replica in 1 2; do
    write_configuration "$replica"
    clickhouse-server --config-file="$work/replica$replica/config.xml" >"$work/replica$replica/out" 2>&1 &
    remember $!
done
answers "the servers answer" "1" 1 "SELECT 1"
answers "both of them" "1" 2 "SELECT 1"
for replica in 1 2; do
    try "a table is made on replica $replica" "$replica" "CREATE TABLE t (d Date, k UInt64, v String)
        ENGINE = ReplicatedMergeTree('/clickhouse/t', '{replica}', d, k, 8192)"
done
try "rows are written to replica 1" 1 "INSERT INTO t SELECT today(), number, toString(number) FROM numbers(100000)"
answers "replica 2 has them" "100000 4999950000" 2 "SELECT count(), sum(k) FROM t"
try "the same block is written to replica 2" 2 "INSERT INTO t SELECT today(), number, toString(number) FROM numbers(100000)"
answers "it is known as a duplicate" "100000" 1 "SELECT count() FROM t"
answers "both replicas are active, and none is read-only" "2 0" 1 "SELECT active_replicas, is_readonly FROM system.replicas"
answers "the tree can be read as a table" "1 2" 1 "SELECT name FROM system.zookeeper WHERE path = '/clickhouse/t/replicas' ORDER BY name"

# Before the leader dies: a replica of this age whose session has ended no longer hears of new columns, on ZooKeeper either.
try "a column is added" 1 "ALTER TABLE t ADD COLUMN w UInt8 DEFAULT 7"
answers "replica 2 has it" "700000" 2 "SELECT sum(w) FROM t"

# The leader dies; a quorum of two is left.
leader=
for server in ${connect//,/ }; do
    if [[ $(clickhouse_word() { exec 3<>"/dev/tcp/${server%:*}/${server#*:}"; printf mntr >&3; cat <&3; }; clickhouse_word) == *leader* ]]; then
        leader=$server
    fi
done
index=$(tr ',' '\n' <<<"$connect" | grep -nx "$leader" | cut -d: -f1)
kill -KILL "$(awk -v i="$index" '$3 == i { print $1 }' "$ensemble/pids")"
try "rows are written after the leader's death" 2 "INSERT INTO t (d, k, v) SELECT today(), number, 'x' FROM numbers(1000000, 1000)"
answers "replica 1 has them" "101000" 1 "SELECT count() FROM t"
try "parts are merged" 2 "OPTIMIZE TABLE t FINAL"
answers "on replica 1, too" "1" 1 "SELECT count() FROM system.parts WHERE table = 't' AND active"
for replica in 2 1; do try "the table is dropped on replica $replica" "$replica" "DROP TABLE t"; done
verdict
