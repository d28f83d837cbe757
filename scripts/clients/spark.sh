#!/usr/bin/env bash
# Spark's standalone masters (PyPI's pyspark has its jars): two masters elect a leader through an ensemble of three, the leader is
# killed, and the other one goes on with the worker and the applications that it knew.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

version=4.0.5
need_room 3000
need java default-jre-headless curl curl
# The source package: 430 MB, of which nothing has to be built. SPARK_SDIST names one that is here already.
sdist=${SPARK_SDIST:-}
if [[ -z $sdist ]]; then
    need_python
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" "pyspark==$version" \
        >"$work/pip.log" 2>&1 || missing "PyPI does not give pyspark $version: $(tail -n 1 "$work/pip.log")"
    sdist=$work/pyspark-$version.tar.gz
fi
[[ -r $sdist ]] || missing "SPARK_SDIST=$sdist cannot be read"
tar -xzf "$sdist" -C "$work"
export SPARK_HOME=$work/pyspark-$version/deps SPARK_LOCAL_IP=127.0.0.1 SPARK_NO_DAEMONIZE=1 SPARK_DAEMON_MEMORY=256m
# Its application is in Python: driver and worker find pyspark in the package, too.
export PYSPARK_PYTHON=python3 PYTHONPATH
PYTHONPATH=$(printf '%s:' "$work/pyspark-$version"/lib/*.zip)
# Spark asks for a session of a minute; a dead master would be one for as long.
start_ensemble 3 maxSessionTimeout=10000
export SPARK_DAEMON_JAVA_OPTS="-Dspark.deploy.recoveryMode=ZOOKEEPER -Dspark.deploy.zookeeper.url=$connect"
ports=($(free_range 2) $(free_range 2) $(free_range 2))
urls=spark://127.0.0.1:${ports[0]},127.0.0.1:${ports[1]}

for i in 0 1; do
    "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "${ports[i]}" \
        --webui-port $(( ports[i] + 1 )) >"$work/master$i.log" 2>&1 &
    masters[i]=$!
    remember $!
done
"$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 1 --memory 600m \
    --webui-port "${ports[2]}" --work-dir "$work/worker" "$urls" >"$work/worker.log" 2>&1 &
remember $!

# What master I says of itself: its state, and how many workers are alive.
state() {
    curl --silent --max-time 5 "http://127.0.0.1:$(( ports[$1] + 1 ))/json/" | tr -d ' \n' |
        sed -E 's/.*"aliveworkers":([0-9]+).*"status":"([A-Z_]+)".*/\2 \1/'
}

both() { echo "$(state 0), $(state 1)"; }
pi() {
    "$SPARK_HOME/bin/spark-submit" --master "$urls" --driver-memory 512m --executor-memory 512m --conf spark.ui.enabled=false \
        "$SPARK_HOME/examples/pi.py" 2
}

check "one master leads, and the worker is with it" '^(ALIVE 1, STANDBY 0|STANDBY 0, ALIVE 1)$' both
leader=0 other=1
[[ $(state 0) == ALIVE* ]] || { leader=1; other=0; }
check "an application runs" 'Pi is roughly 3\.1' pi
kill -KILL "${masters[leader]}" 2>/dev/null || true
wait "${masters[leader]}" 2>/dev/null || true # or the shell tells of its death
check "the other master leads with the worker" '^ALIVE 1$' state "$other"
check "an application runs there" 'Pi is roughly 3\.1' pi
verdict
