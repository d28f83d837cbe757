#!/usr/bin/env python3
"""What a znode, a watch and a session cost a running server, in bytes.

    scripts/memory.py HOST:PORT PID [--java] [--znodes N] [--watches N] [--sessions N]

Fills the server in three steps and prints, after each, how much its memory has grown for each thing, as tab-separated lines: thing,
number, bytes each of resident memory, bytes each of the heap's live objects. Without --java the latter is left out.

- znodes: 128 bytes of data each, 1,000 below each of their parents, made by one session
- watches: one data watch on each of as many znodes, all of one session
- sessions: idle, each with its connection

Resident memory is VmRSS of PID, 15 s after the last request, when the allocator has returned what it does not need. Live objects are
what `jcmd PID GC.heap_info` calls used after `jcmd PID GC.run`. It needs nothing but Python and, for --java, jcmd.
"""
import argparse
import re
import socket
import struct
import subprocess
import time

ACL = struct.pack(">ii", 1, 31) + b"".join(struct.pack(">i", len(x)) + x for x in (b"world", b"anyone"))
DATA = bytes(range(128))


def text(value):
    return struct.pack(">i", len(value)) + value


class Session:
    """A connection with a session of ten minutes."""

    def __init__(self, address):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = struct.pack(">iqiq", 0, 0, 600_000, 0) + text(bytes(16)) + b"\0"
        self.socket.sendall(text(request))
        self.received = b""
        self.frame()

    def frame(self):
        """The next whole answer."""
        while len(self.received) < 4 or len(self.received) < 4 + struct.unpack_from(">i", self.received)[0]:
            part = self.socket.recv(1 << 20)
            if not part:
                raise SystemExit("the server has closed the connection")
            self.received += part
        end = 4 + struct.unpack_from(">i", self.received)[0]
        answer, self.received = self.received[4:end], self.received[end:]
        return answer

    def all(self, requests, window=500):
        """Sends all requests, at most a window of them unanswered, and demands that each succeeds."""
        waiting, batch = 0, []
        for number, (operation, body) in enumerate(requests):
            batch.append(text(struct.pack(">ii", number, operation) + body))
            if len(batch) == window:
                self.socket.sendall(b"".join(batch))
                waiting, batch = waiting + len(batch), []
                while waiting > window:
                    self.check()
                    waiting -= 1
        self.socket.sendall(b"".join(batch))
        for _ in range(waiting + len(batch)):
            self.check()

    def check(self):
        _, _, error = struct.unpack_from(">iqi", self.frame())
        if error:
            raise SystemExit(f"the server answers with error {error}")


def positive(argument):
    if not argument.isdecimal() or int(argument) == 0:
        raise argparse.ArgumentTypeError(f"'{argument}' is no number of things")
    return int(argument)


def path(number):
    return b"/memory/%06d/%06d" % (number // 1000, number % 1000)


def create(where, data):
    return 1, text(where) + text(data) + ACL + struct.pack(">i", 0)


def znodes(count):
    yield create(b"/memory", b"")
    for number in range(count):
        if number % 1000 == 0:
            yield create(path(number).rpartition(b"/")[0], b"")
        yield create(path(number), DATA)


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return 1024 * int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def live(pid):
    for _ in range(2):
        subprocess.run(["jcmd", str(pid), "GC.run"], check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run(["jcmd", str(pid), "GC.heap_info"], check=True, capture_output=True, text=True).stdout
    return 1024 * int(re.search(r"heap\s+total \d+K, used (\d+)K", told).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], usage="%(prog)s HOST:PORT PID [OPTION ...]")
    parser.add_argument("address")
    parser.add_argument("pid", type=int)
    parser.add_argument("--java", action="store_true")
    parser.add_argument("--check", action="store_true", help="do nothing but read these options")
    parser.add_argument("--znodes", type=positive, default=1_000_000)
    parser.add_argument("--watches", type=positive, default=100_000)
    parser.add_argument("--sessions", type=positive, default=10_000)
    options = parser.parse_args()
    if options.watches > options.znodes:
        parser.error("each watch is on another znode: give at least as many --znodes as --watches")
    if options.check:
        return
    host, _, port = options.address.rpartition(":")
    address = (host, int(port))

    def measure():
        time.sleep(15)
        objects = live(options.pid) if options.java else None
        return resident(options.pid), objects

    def tell(thing, count, before):
        after = measure()
        each = [(now - then) / count for now, then in zip(after, before) if now is not None]
        print(thing, count, *(f"{value:.0f}" for value in each), sep="\t", flush=True)
        return after

    writer = Session(address)
    watcher = Session(address)
    before = measure()
    writer.all(znodes(options.znodes))
    before = tell("znode", options.znodes, before)
    watcher.all((4, text(path(number)) + b"\1") for number in range(options.watches))
    before = tell("watch", options.watches, before)
    idle = [Session(address) for _ in range(options.sessions)]
    tell("session", len(idle), before)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
