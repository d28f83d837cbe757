#!/usr/bin/env bash
# Asks Debian's ZooKeeper everything that `GoldenScript` (Sources/proof/Differential) says and writes what it answers, byte by
# byte, and what it logs to Tests/Goldens/requests.txt. Needed again only when the script changes: the tests read the file.
set -euo pipefail
cd "$(dirname "$0")/.."
jars=/usr/share/java
[ -r $jars/zookeeper.jar ] || { echo "please install zookeeper (apt-get install zookeeper)" >&2; exit 1; }
[ -n "${ZABDIFF:-}" ] || swift build --product zabdiff
folder=$(mktemp -d)
port=$((20000 + RANDOM % 10000))
cat >"$folder/zoo.cfg" <<END
tickTime=2000
dataDir=$folder/data
clientPort=$port
clientPortAddress=127.0.0.1
minSessionTimeout=20000
maxSessionTimeout=60000
admin.enableServer=false
extendedTypesEnabled=true
enforceQuota=true
DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=
END
java -Dznode.container.checkIntervalMs=36000000 -Dorg.slf4j.simpleLogger.defaultLogLevel=off \
    -cp $jars/zookeeper.jar:$jars/slf4j-simple.jar \
    org.apache.zookeeper.server.quorum.QuorumPeerMain "$folder/zoo.cfg" >"$folder/log" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
serves() {
    exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
    printf srvr >&3
    grep -q Mode <&3
}
for _ in $(seq 100); do
    if (serves) 2>/dev/null; then break; fi
    sleep 0.2
done
mkdir -p Tests/Goldens
{
    echo "# ZooKeeper 3.8.0 (Debian), recorded by scripts/record-goldens.sh: connection, > said or < heard, the frame's body."
    "${ZABDIFF:-.build/debug/zabdiff}" record "$port" "$folder/data"
} >"$folder/requests.txt"
mv "$folder/requests.txt" Tests/Goldens/requests.txt
echo "$(grep -c ' < ' Tests/Goldens/requests.txt) frames of ZooKeeper's, $(grep -c '^txn' Tests/Goldens/requests.txt) transactions"
