#!/usr/bin/env bash
# What monitoring reads: the text for Prometheus by prometheus_client's parser (PyPI), `mntr` by kazoo and in the ways of known
# collectors, and whether all of them and the admin server tell the same.
source "$(dirname "$0")/lib.sh"

need_python prometheus_client kazoo
if [[ $system == zabbench ]]; then
    first=$(free_range 2)
    start_ensemble 1 metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider \
        metricsProvider.httpHost=127.0.0.1 "metricsProvider.httpPort=$first" \
        admin.enableServer=true admin.serverAddress=127.0.0.1 "admin.serverPort=$((first + 1))"
    "$python" "$here/metrics.py" "$connect" "$first" "$((first + 1))" >"$results"
else
    # Debian's packages have neither the provider for Prometheus nor all that the admin server needs.
    start_ensemble 1
    "$python" "$here/metrics.py" "$connect" >"$results"
fi
verdict
