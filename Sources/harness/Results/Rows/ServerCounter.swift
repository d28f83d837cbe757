/// What a server counts, or the kernel for it: columns of servers.csv that grow, and what they grew by stands there.
public enum ServerCounter: String, Sendable, CaseIterable {
    case cpuUser = "cpu_user_us"
    case cpuSystem = "cpu_system_us"
    case cpu = "cpu_us"
    case cpuLoop = "cpu_loop_us"
    case cpuLog = "cpu_log_us"
    case cpuSnapshot = "cpu_snapshot_us"
    case cpuOther = "cpu_other_us"
    case loopWait = "loop_wait_us"
    case syncs
    case syncTime = "sync_time_us"
    case groupCommits = "group_commits"
    case logBatches = "log_batches"
    case recordsLogged = "records_logged"
    case logBytesWritten = "log_bytes_written"
    case storageBytesWritten = "storage_bytes_written"
    case proposals
    case commits
    case bytesIn = "bytes_in"
    case bytesOut = "bytes_out"
    case messagesIn = "messages_in"
    case messagesOut = "messages_out"
    case allocations

    var meaning: String {
        switch self {
        case .cpuUser: "CPU time of the server's process in user mode, from /proc"
        case .cpuSystem: "CPU time of the server's process in the kernel, from /proc"
        case .cpu: "CPU time of the server's process, from the process's own clock"
        case .cpuLoop: "CPU time of the event loop thread"
        case .cpuLog: "CPU time of the log threads"
        case .cpuSnapshot: "CPU time of the snapshot thread"
        case .cpuOther: "CPU time of all other threads"
        case .loopWait: "time that the event loop thread was ready to run but had no processor, from schedstat"
        case .syncs: "completed syncs of the log (ZooKeeper: `zk_cnt_fsynctime`)"
        case .syncTime: "time spent in these syncs"
        case .groupCommits: "groups of records that were written and synced together"
        case .logBatches: "batches that the event loop passed to the log"
        case .recordsLogged: "records written to the log"
        case .logBytesWritten: "bytes written to the log, including headers and padding"
        case .storageBytesWritten: "bytes that the kernel counts as dirtied by the server, from /proc/PID/io"
        case .proposals: "proposals made as leader or received as follower"
        case .commits: "writes committed"
        case .bytesIn: "bytes received from clients and servers"
        case .bytesOut: "bytes sent to clients and servers"
        case .messagesIn: "frames received"
        case .messagesOut: "frames sent"
        case .allocations: "allocations, from jemalloc's counters"
        }
    }

    var caution: String? {
        switch self {
        case .cpuUser, .cpuSystem: "counted in ticks of 10 ms"
        case .storageBytesWritten: "counts whole pages, many times what reaches the disk"
        case .messagesIn, .messagesOut, .bytesIn: "ZooKeeper counts clients only"
        case .allocations: "empty for other systems, and in embedded ensembles"
        default: nil
        }
    }
}

/// What a server has at a moment: columns of servers.csv that hold the value at the end of their stretch.
public enum ServerGauge: String, Sendable, CaseIterable {
    case residentBytes = "rss_bytes"
    case threads
    case outstandingRequests = "outstanding_requests"
    case queueLogBytes = "queue_log_bytes"
    case znodes
    case snapshots
    case queueLogRecords = "queue_log_records"
    case queueLinkRecords = "queue_link_records"
    case queuePendingBytes = "queue_pending_bytes"

    var meaning: String {
        switch self {
        case .residentBytes: "resident memory of the server's process"
        case .threads: "threads of the server's process"
        case .outstandingRequests: "requests accepted but not yet answered"
        case .queueLogBytes: "bytes passed to the log but not yet synced"
        case .znodes: "znodes in the server's tree"
        case .snapshots: "snapshots written since the server started"
        case .queueLogRecords: "records passed to the log but not yet synced"
        case .queueLinkRecords: "records waiting to be sent to other servers"
        case .queuePendingBytes: "bytes of client requests not yet completed"
        }
    }
}
