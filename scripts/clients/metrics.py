"""Reads one server's metrics as others do: metrics.py HOST:PORT [PROMETHEUS-PORT ADMIN-PORT]. One line a check."""

import json
import re
import socket
import sys
import urllib.request

from kazoo.client import KazooClient


def check(name, body):
    try:
        reason = body()
        print("pass" if reason is None else "fail", name, reason or "", sep="\t")
    except Exception as error:
        print("fail", name, f"{type(error).__name__}: {error}", sep="\t")


connect = sys.argv[1]
client = KazooClient(connect, timeout=20)
client.start()
fired = client.handler.event_object()
client.create("/metrics", b"1")
client.get("/metrics", watch=lambda event: fired.set())
client.set("/metrics", b"2")
fired.wait(10)
client.create("/metrics/e", ephemeral=True)


def word(name):
    with socket.create_connection(connect.split(":"), 20) as connection:
        connection.sendall(name)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


monitor = word(b"mntr\n")
lines = [line for line in monitor.split("\n") if line]
values = dict(line.split("\t", 1) for line in lines)


def versions():
    return None if client.server_version() == (3, 8, 0) else str(client.server_version())


def by_kazoo():
    """It reads once: the beginning has to make sense."""
    said = client.command(b"mntr").split("\n")[:10]
    return None if [line.split("\t")[0] for line in said] == list(values)[:10] else f"{said}"


def shape():
    """A key and a value, with one tab: what dabealu/zookeeper-exporter and the newest Telegraf split at."""
    odd = [line for line in lines if not re.fullmatch(r"zk_\w+\t[^\t]*", line)]
    return f"{odd[:3]}" if odd else None


def telegraf():
    """Older ones want this of every line, or take none."""
    odd = [line for line in lines if not re.match(r"^zk_(\w[\w.\-]*)\s+([\w.\-]+)", line)]
    return f"{len(odd)} lines, such as {odd[0]!r}" if odd else None


def datadog():
    """Every value that is not a word is a number; the state names a mode."""
    words = {"zk_version", "zk_server_state", "zk_peer_state"}
    for key, value in values.items():
        if key not in words:
            float(value)
    return None if values["zk_server_state"] in ("leader", "follower", "standalone") else values["zk_server_state"]


def counts():
    known = {"zk_ephemerals_count": 1, "zk_max_node_changed_watch_count": 1, "zk_sum_node_changed_watch_count": 1}
    wrong = {key: values.get(key) for key, value in known.items() if values.get(key) != str(value)}
    return f"{wrong}" if wrong else None


check("kazoo takes the version", versions)
check("kazoo takes mntr", by_kazoo)
check("mntr is keys and values", shape)
check("mntr as Telegraf reads it", telegraf)
check("mntr has numbers", datadog)
check("mntr counts", counts)

if len(sys.argv) > 2:
    from prometheus_client.parser import text_string_to_metric_families

    def fetch(port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.read().decode()

    exposition = fetch(sys.argv[2], "/metrics")
    families = list(text_string_to_metric_families(exposition))
    samples = {}

    def prometheus():
        for family in families:
            if family.type not in ("gauge", "counter", "summary"):
                return f"{family.name} is {family.type}"
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                if key in samples:
                    return f"{key} twice"
                samples[key] = sample.value
        names = [family.name for family in families]
        return None if len(names) == len(set(names)) and len(names) > 50 else f"{len(names)} names"

    def agrees():
        for key in ("znode_count", "ephemerals_count", "watch_count", "max_file_descriptor_count"):
            if samples[key, ()] != float(values["zk_" + key]):
                return f"{key}: {samples[key, ()]} and {values['zk_' + key]}"
        missing = [
            key for key in values
            if key.startswith("zk_cnt_") and (key[7:] + "_count", ()) not in samples and "ack_latency" not in key
        ]
        return f"{missing}" if missing else None

    def admin():
        fields = json.loads(fetch(sys.argv[3], "/commands/monitor"))
        own = {"command", "error"}
        differing = {"zk_" + key for key in fields if key not in own} ^ set(values)
        return f"{sorted(differing)}" if differing else None

    check("prometheus_client parses all", prometheus)
    check("Prometheus has what mntr has", agrees)
    check("the admin server has what mntr has", admin)

client.stop()
