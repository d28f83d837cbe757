import Measure

/// The processor time of a server's threads by what they do, as counters of `ServerSample`.
enum ThreadCounters {
    /// The thread of the event loop, the threads of the log, those that write snapshots, and all others: our servers'
    /// segment makers among them, and every thread of another system. What a server has no such thread for is absent.
    ///
    /// - Returns: microseconds by the names of the columns of servers.csv.
    static func counters(_ threads: [ThreadUsage]) -> [String: UInt64] {
        var run: [String: UInt64] = ["cpu_other_us": 0]
        var wait: [String: UInt64] = [:]
        for thread in threads {
            let column = column(of: thread.name)
            run[column, default: 0] += thread.runNanoseconds
            if column == "cpu_loop_us" { wait["loop_wait_us", default: 0] += thread.waitNanoseconds }
        }
        return run.merging(wait) { one, _ in one }.mapValues { $0 / 1000 }
    }

    /// Begins the counters of single threads.
    static let threadPrefix = "thread_us:"

    /// The processor time of each thread by itself, microseconds by `thread_us:<id>:<name>`: which threads another system has
    /// nobody here knows.
    static func eachThread(_ threads: [ThreadUsage]) -> [String: UInt64] {
        var counters: [String: UInt64] = [:]
        for thread in threads { counters["\(threadPrefix)\(thread.id):\(thread.name)"] = thread.runNanoseconds / 1000 }
        return counters
    }

    private static func column(of name: String) -> String {
        switch name {
        case "zab-loop": "cpu_loop_us"
        case "zab-snapshot": "cpu_snapshot_us"
        case "zab-log": "cpu_log_us"
        default: name.hasPrefix("zab-log-") ? "cpu_log_us" : "cpu_other_us"
        }
    }
}
