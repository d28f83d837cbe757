#!/usr/bin/env bash
# Patroni and PostgreSQL 15 as Debian packages them: two nodes elect a primary through an ensemble of three, the primary is
# killed with its PostgreSQL, and the other one takes over. PostgreSQL refuses to be root, so both run as the user postgres.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

binaries=/usr/lib/postgresql/15/bin
[[ $(id -u) -eq 0 ]] || missing "it takes root, to become the user postgres"
need "$binaries/postgres" postgresql-15 /usr/bin/patroni patroni /usr/lib/python3/dist-packages/kazoo python3-kazoo curl curl
chmod 755 "$work"
start_ensemble 3
ports=($(free_range 2) $(free_range 2))

for i in 0 1; do
    folder=$work/node$i
    mkdir "$folder"
    cat >"$folder/patroni.yml" <<YAML
scope: test
name: node$i
restapi: {listen: '127.0.0.1:${ports[i]}', connect_address: '127.0.0.1:${ports[i]}'}
zookeeper: {hosts: [$(sed "s/[^,]*/'&'/g" <<<"$connect")]}
bootstrap:
  dcs: {ttl: 20, loop_wait: 2, retry_timeout: 5, postgresql: {parameters: {max_connections: 20, shared_buffers: 16MB}}}
  initdb: [{encoding: UTF8}, {auth: trust}]
  pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust', 'local all all trust']
postgresql:
  listen: '127.0.0.1:$(( ports[i] + 1 ))'
  connect_address: '127.0.0.1:$(( ports[i] + 1 ))'
  data_dir: $folder/data
  bin_dir: $binaries
  pgpass: $folder/pgpass
  authentication: {superuser: {username: postgres}, replication: {username: postgres}}
  parameters: {unix_socket_directories: '$folder'}
YAML
    chown -R postgres "$folder"
done
start_node() { # number
    runuser -u postgres -- /usr/bin/patroni "$work/node$1/patroni.yml" >>"$work/node$1.log" 2>&1 &
    remember $!
    nodes[$1]=$!
}
start_node 0
start_node 1

roles() { for i in 0 1; do curl --silent --max-time 5 "http://127.0.0.1:${ports[i]}/patroni" | sed -E 's/.*"state": "([a-z ]+)".*"role": "([a-z]+)".*/\1 \2;/'; done; }
sql() { "$binaries/psql" -h 127.0.0.1 -p $(( ports[$1] + 1 )) -U postgres -Atc "$2"; }

check "one node is primary, the other one its replica" \
    '^running (primary|master);(running|streaming) replica;$|^(running|streaming) replica;running (primary|master);$' roles
primary=0 replica=1
[[ $(roles) == running\ [pm]* ]] || { primary=1; replica=0; }
check "a table is made" '^SELECT 1$' sql "$primary" 'CREATE TABLE t AS SELECT 42 AS x'
check "the replica has it" '^42$' sql "$replica" 'SELECT x FROM t'
# Both at once, as when the machine loses its power.
postgres=$(head -n 1 "$work/node$primary/data/postmaster.pid")
patroni=$(pgrep -P "${nodes[primary]}" || echo "${nodes[primary]}")
kill -KILL $patroni "$postgres" 2>/dev/null || true
check "the replica takes over" '"role": "(primary|master)"' curl --silent --max-time 5 "http://127.0.0.1:${ports[replica]}/patroni"
check "it can be written to" 'INSERT 0 1' sql "$replica" 'INSERT INTO t VALUES (43)'
start_node "$primary"
check "the old primary comes back as its replica" '^42 43 $' eval 'sql "$primary" "SELECT x FROM t ORDER BY x" | tr "\n" " "'
# PostgreSQL outlives a Patroni that is killed, so it is ended by its own process id.
for i in 0 1; do
    for pid in $(pgrep -P "${nodes[i]}"); do kill -TERM "$pid" 2>/dev/null || true; done
done
for i in 0 1; do
    for (( attempt = 0; attempt < 100; attempt++ )); do [[ -e $work/node$i/data/postmaster.pid ]] || break; sleep 0.2; done
    [[ ! -e $work/node$i/data/postmaster.pid ]] || kill -KILL "$(head -n 1 "$work/node$i/data/postmaster.pid")" 2>/dev/null || true
done
verdict
