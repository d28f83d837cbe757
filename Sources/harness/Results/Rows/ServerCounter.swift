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
        case .cpuUser: "processor time of its process in user mode, from /proc"
        case .cpuSystem: "the same in the kernel"
        case .cpu: "processor time of its process by the process's own clock"
        case .cpuLoop: "processor time of its event loop's thread"
        case .cpuLog: "of its log's threads"
        case .cpuSnapshot: "of the thread that writes snapshots"
        case .cpuOther: "of its other threads"
        case .loopWait: "time for which the loop's thread was ready and had no processor, from schedstat"
        case .syncs: "syncs of its log that have returned; of ZooKeeper `zk_cnt_fsynctime`"
        case .syncTime: "time in those"
        case .groupCommits: "groups of records that were written and synced together"
        case .logBatches: "batches that the loop gave to its log"
        case .recordsLogged: "records in its log"
        case .logBytesWritten: "bytes written to its log, headers and padding included"
        case .storageBytesWritten: "bytes that the kernel counts as dirtied by it, from /proc/PID/io"
        case .proposals: "proposals made by a leader, or received by a follower"
        case .commits: "writes committed"
        case .bytesIn: "bytes received, from clients and servers"
        case .bytesOut: "bytes sent, to clients and servers"
        case .messagesIn: "frames received"
        case .messagesOut: "frames sent"
        case .allocations: "allocations, from jemalloc's counters"
        }
    }

    var caution: String? {
        switch self {
        case .cpuUser, .cpuSystem: "in ticks of 10 ms"
        case .storageBytesWritten: "whole pages, many times what reaches the disk"
        case .messagesIn, .messagesOut, .bytesIn: "of ZooKeeper, those of clients alone"
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
        case .residentBytes: "memory of its process"
        case .threads: "of its process"
        case .outstandingRequests: "requests taken and not answered"
        case .queueLogBytes: "bytes given to the log and not synced"
        case .znodes: "in its tree"
        case .snapshots: "written since it started"
        case .queueLogRecords: "records given to the log and not synced"
        case .queueLinkRecords: "records that wait for its links to other servers"
        case .queuePendingBytes: "bytes of requests that wait for its member"
        }
    }
}
