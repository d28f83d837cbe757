/// A question that `zabbench init` writes a workload for.
public enum StarterQuestion: String, CaseIterable, Sendable {
    case latency, fsync, election, compare

    /// A line for a list of them.
    public var summary: String {
        switch self {
        case .latency: "How long does a write take, by load and number of servers?"
        case .fsync: "Which way to make the log durable is the fastest on this disk?"
        case .election: "How long are writes down when the leader dies or hangs?"
        case .compare: "How does zabbench compare with Apache ZooKeeper on this machine?"
        }
    }

    /// The name of the file unless the user says another.
    public var fileName: String { "\(rawValue).yaml" }

    /// The YAML text. `{time}` stands for how long its runs take, which the plan knows.
    var template: String {
        switch self {
        case .latency: Self.latencyText
        case .fsync: Self.fsyncText
        case .election: Self.electionText
        case .compare: Self.compareText
        }
    }

    private static let latencyText = """
        # How long does a write take? One and three servers, each under four loads.
        # Takes {time}. Run it:
        #   zabbench run {file}
        # Read "p50" and "p99" in the table: they count from when a write was due, so a
        # stall is not hidden.

        name: latency
        repeats: 1            # rounds over all runs; 5 gives the tables intervals, and takes five times as long

        ensemble:
          sizes: [1, 3]       # numbers of servers; add 5 if the machine has cores for them

        warmup_s: 2           # seconds of load before measuring begins
        duration_s: 5         # seconds measured per run

        load:                 # each entry is a run of its own
          - name: alone       # one write at a time: the best latency there is
            clients: 1        # connections
            outstanding: 1    # writes in flight on each
            payload_bytes: 128
          - name: light       # a planned rate, as many independent users would make it
            mode: open
            rate_per_s: 1000  # writes per second, all clients together; put your own rate here
            clients: 16
            payload_bytes: 128
          - name: busy
            mode: open
            rate_per_s: 10000
            clients: 16
            payload_bytes: 128
          - name: full        # as many writes as the servers take: throughput, not latency
            clients: 16
            outstanding: 64
            payload_bytes: 128

        """

    private static let fsyncText = """
        # Which way to make the log durable is the fastest on this disk? Three servers, two loads,
        # five strategies.
        # Takes {time}. Run it:
        #   zabbench run {file}
        # and with --data DIR for another disk. "durable" in the table says which strategies lose
        # acknowledged writes when the power fails.

        name: fsync
        repeats: 1            # rounds over all runs; 5 gives the tables intervals

        ensemble:
          sizes: [3]          # numbers of servers

        log:
          # How a batch of writes is made durable: <method>_<allocation>. Methods: fsync, fdatasync,
          # o_dsync, rwf_dsync, o_direct_dsync, io_uring, and none, which is lost with the power.
          # Allocations: append (the file grows), fallocate, prewritten, recycled (used again).
          # What this machine does not offer is skipped.
          strategy: [fdatasync_recycled, fdatasync_append, o_dsync_recycled, io_uring_recycled, none_recycled]
          batching: natural   # which writes share a sync: those that came in during the one before

        warmup_s: 2           # seconds of load before measuring begins
        duration_s: 5         # seconds measured per run

        load:
          - name: alone       # one write at a time: each waits for a sync of its own
            clients: 1        # connections
            outstanding: 1    # writes in flight on each
          - name: full        # as many as the servers take: many writes share a sync
            clients: 16
            outstanding: 64

        """

    private static let electionText = """
        # How long are writes down when the leader dies or hangs? Three servers under a steady load;
        # each fault is made several times, and the servers come back in between.
        # Takes {time}. Run it:
        #   zabbench run {file}
        # Read the table of faults: the outage as clients saw it, and which phase took how long.

        name: election

        ensemble:
          sizes: [3]          # numbers of servers; 5 and more may lose two
          # A silent server is given up after sync_limit ticks: 5 x 100 ms here. ZooKeeper's usual
          # 2000 ms make it 10 s. A killed server's connections close at once, and wait for nothing.
          tick_time_ms: 100
          init_limit: 100     # ticks that a server has to catch up
          sync_limit: 5

        warmup_s: 2           # seconds of load before the first fault

        load:
          mode: open          # a planned rate: writes that were due during the outage are counted
          rate_per_s: 1000    # writes per second, all clients together
          clients: 16         # connections
          session_timeout_ms: 2000

        faults:
          # leader_killed, leader_hung (stopped, connections open), leader_cut (from the other servers),
          # followers_lost (all that a majority can lose), ensemble_restarted.
          kinds: [leader_killed, leader_hung]
          repeats: 5          # times each kind is made
          pause_s: 2          # seconds without faults before each
          state:
            znodes: 1000      # nodes on the servers; a million makes catching up longer

        """

    private static let compareText = """
        # How does zabbench compare with Apache ZooKeeper on this machine? The same loads on both, in turns.
        # Takes {time}. ZooKeeper must be installed: make peers, or --zookeeper-home FOLDER for an
        # Apache release. Run it:
        #   zabbench run {file}
        # One table has both; report.html begins with their ratio and its interval. Servers that run already
        # are loaded with --connect HOST:2181,... instead: remove the ensemble section then.
        # docs/guides/versus.md says what is made alike, and what is not.

        name: compare
        repeats: 3            # rounds over all runs: their spread says what a difference is worth

        ensemble:
          sizes: [3]          # numbers of servers
          systems: [zabbench, zookeeper]

        warmup_s: 10          # seconds of load before measuring begins: Java compiles meanwhile
        duration_s: 5         # seconds measured per run

        load:
          - name: alone       # one write at a time: latency
            clients: 1        # connections
            outstanding: 1    # writes in flight on each
          - name: full        # as many as the servers take: throughput
            clients: 16
            outstanding: 64

        """
}
