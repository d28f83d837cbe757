#!/usr/bin/env python3
"""Asks Debian's ZooKeeper every four-letter word and every command of its admin server, and writes what it answers to
Tests/ServerTests/words/ROLE/WORD.txt and COMMAND.json: of a leader, a follower and an observer of four servers, of a server
alone, and of one that does not serve, a lone member of three.

    scripts/record-words.py [DIRECTORY]     another place for the answers

The situation at each that serves: two sessions, three ephemerals, watches on data, a connection that has said nothing, and
one node that has changed under a watch. Needs zookeeper or libzookeeper-java, a Java runtime and libslf4j-java. Needed again
only when the situation changes: the tests read the files.
"""

import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

JARS = "/usr/share/java"
WORDS = ("stat cons dump srvr conf wchs wchc wchp dirs gtmk hash isro ruok envi mntr stmk crst srst").split()
COMMANDS = (
    "configuration connections dirs dump environment get_trace_mask hash initial_configuration is_read_only"
    " last_snapshot leader monitor observers ruok server_stats set_trace_mask stats system_properties voting_view"
    " watch_summary watches watches_by_path zabstate"
).split()


class Session:
    """As much of a client as the situation needs."""

    def __init__(self, port, timeout):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.xid = 0
        self.send(struct.pack(">iqiqi16s", 0, 0, timeout, 0, 16, b""))
        self.receive()

    def send(self, body):
        self.socket.sendall(struct.pack(">i", len(body)) + body)

    def receive(self):
        return self.exactly(struct.unpack(">i", self.exactly(4))[0])

    def exactly(self, count):
        got = b""
        while len(got) < count:
            more = self.socket.recv(count - len(got))
            if not more:
                raise ConnectionError("the server has closed a session")
            got += more
        return got

    def ask(self, op, body):
        """The error of the answer; events before it are dropped."""
        self.xid += 1
        self.send(struct.pack(">ii", self.xid, op) + body)
        while True:
            xid, _, error = struct.unpack(">iqi", self.receive()[:16])
            if xid == self.xid:
                return error

    @staticmethod
    def text(value):
        return struct.pack(">i", len(value)) + value.encode()

    def create(self, path, flags=0):
        acl = struct.pack(">ii", 1, 31) + self.text("world") + self.text("anyone")
        return self.ask(1, self.text(path) + struct.pack(">i", 0) + acl + struct.pack(">i", flags))

    def get(self, path):
        return self.ask(4, self.text(path) + b"\1")

    def exists(self, path):
        return self.ask(3, self.text(path) + b"\1")

    def set(self, path, data):
        return self.ask(5, self.text(path) + self.text(data) + struct.pack(">i", -1))

    def close(self):
        self.ask(-11, b"")
        self.socket.close()


def say(port, word, behind=b""):
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(word.encode() + behind)
        answer = b""
        while more := connection.recv(65536):
            answer += more
        return answer.decode()


def command(port, name):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/commands/{name}", timeout=20) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        # An exception of ZooKeeper's, and a page about it.
        return f"HTTP {error.code}\n"


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Server:
    def __init__(self, folder, number, ports, members):
        self.port, self.admin = ports
        observes = any(line.startswith(f"server.{number}=") and line.endswith(":observer") for line in members.splitlines())
        home = pathlib.Path(folder, str(number))
        (home / "data").mkdir(parents=True)
        (home / "data" / "myid").write_text(f"{number}\n")
        (home / "zoo.cfg").write_text(
            f"tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir={home}/data\nclientPortAddress=127.0.0.1\n"
            f"clientPort={self.port}\nadmin.serverAddress=127.0.0.1\nadmin.serverPort={self.admin}\n"
            "4lw.commands.whitelist=*\n" + ("peerType=observer\n" if observes else "") + members
        )
        # The manifest of zookeeper.jar does not name what its admin server needs of these.
        classpath = ":".join(f"{JARS}/{jar}.jar" for jar in ("zookeeper", "slf4j-simple", "servlet-api", "jetty9-util-ajax"))
        self.log = open(home / "log", "w")
        self.process = subprocess.Popen(
            ["java", "-Xmx160m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classpath,
             "org.apache.zookeeper.server.quorum.QuorumPeerMain", str(home / "zoo.cfg")],
            stdout=self.log, stderr=self.log, start_new_session=True, cwd=folder,
        )

    def mode(self):
        """None of a server that does not answer yet, "" of one that does not serve."""
        try:
            # Its admin server comes behind the port of clients.
            socket.create_connection(("127.0.0.1", self.admin), 20).close()
            lines = say(self.port, "srvr").splitlines()
        except OSError:
            return None
        modes = [line.split(": ")[1] for line in lines if line.startswith("Mode: ")]
        return modes[0] if modes else ""

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def members(ports, roles):
    return "".join(
        f"server.{number}=127.0.0.1:{ports[2 * place]}:{ports[2 * place + 1]}:{role}\n"
        for place, (number, role) in enumerate(roles)
    )


def start(folder, count, of=None, observers=()):
    """`count` servers; as members of an ensemble of `of`."""
    ports = free_ports(2 * count + 2 * (of or 0))
    roles = [(n, "observer" if n in observers else "participant") for n in range(1, (of or 0) + 1)]
    lines = members(ports[2 * count:], roles)
    return [Server(folder, n + 1, ports[2 * n:2 * n + 2], lines) for n in range(count)]


def wait(servers, wanted):
    for _ in range(300):
        modes = [server.mode() for server in servers]
        if all(wanted(mode) for mode in modes):
            return
        if any(server.process.poll() is not None for server in servers):
            break
        time.sleep(0.2)
    raise SystemExit(f"the servers are not what they should be: {modes}")


def record(folder, server):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)

    def write(name, text):
        pathlib.Path(folder, name).write_text(text)

    for word in WORDS:
        write(word + ".txt", say(server.port, word, struct.pack(">q", 306) if word == "stmk" else b""))
        if word == "mntr":
            for name in COMMANDS:
                argument = "?traceMask=306" if name == "set_trace_mask" else ""
                write(name + ".json", command(server.admin, name + argument))
    write("mntr-after-srst.txt", say(server.port, "mntr"))


def record_serving(folder, server):
    one, two = Session(server.port, 10_000), Session(server.port, 20_000)
    for path in ("/words", "/words/data"):
        one.create(path)
    for session, names in ((one, "ab"), (two, "c")):
        for name in names:
            session.create(f"/words/e2320{name}", flags=1)
    one.get("/words/data")
    one.set("/words/data", "again")
    one.get("/words/data")
    one.get("/words/e2320a")
    two.exists("/words/none")
    with socket.create_connection(("127.0.0.1", server.port)):
        time.sleep(0.5)
        record(folder, server)
    one.close()
    two.close()


def main():
    home = pathlib.Path(__file__).resolve().parent.parent
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else home / "Tests/ServerTests/words"
    if not os.access(f"{JARS}/zookeeper.jar", os.R_OK):
        raise SystemExit("please install zookeeper (apt-get install zookeeper)")
    for name, count, of, observers in (("standalone", 1, None, ()), ("ensemble", 4, 4, (4,)), ("notserving", 1, 3, ())):
        with tempfile.TemporaryDirectory() as folder:
            servers = start(folder, count, of, observers)
            try:
                if name == "notserving":
                    wait(servers, lambda mode: mode is not None)
                    record(target / name, servers[0])
                    continue
                wait(servers, lambda mode: mode)
                for role in ("standalone",) if count == 1 else ("leader", "follower", "observer"):
                    record_serving(target / role, next(s for s in servers if s.mode() == role))
            finally:
                for server in servers:
                    server.stop()
    for role in sorted(path for path in target.iterdir() if path.is_dir()):
        print(f"{role.name}: {len(list(role.iterdir()))} answers")


main()
