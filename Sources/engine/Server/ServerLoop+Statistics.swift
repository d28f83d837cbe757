import CPlatform
import Glibc
import Host
import Log
import Measure
import Replica
import Wire
import Zab
import Znodes

/// What the four-letter words and the harness are told.
extension ServerLoop {
    var isServing: Bool { host.member.peer.phase.isServing }
    var committed: Zxid { host.member.committed }
    var nodeCount: Int { host.member.state.nodeCount }
    var connectionCount: Int { host.member.openConnections }
    var outstandingRequests: Int { host.member.pendingRequests }

    /// ZooKeeper's word for the server's place.
    var mode: String {
        switch host.member.peer.phase {
        case .leading: configuration.servers.isEmpty ? "standalone" : "leader"
        case .following: "follower"
        case .observing: "observer"
        case .looking, .preparing, .joining: "looking"
        }
    }

    /// Records that wait for the sockets of all links.
    private var recordsForLinks: Int { host.links.reduce(0) { $0 + $1.queue.recordCount } }

    var phaseHistory: String {
        Telemetry.PhaseLine.server(Int(configuration.myself.rawValue)).text + phases.text
    }

    func takeTimeline() -> String {
        timeline.take(server: configuration.myself, now: zb_monotonic_nanoseconds(), groups: storage.timings)
    }

    private var epoch: Epoch { host.member.peer.currentEpoch }

    /// `mntr`: ZooKeeper's keys and no others, since some collectors of metrics take all lines or none. Values are numbers
    /// or words.
    func statistics() -> [(key: String, value: String)] {
        let fields = monitorHead + metrics(sinceReset: true).flatMap(\.fields)
        return fields.map { field in
            if case .string(let text) = field.value { return ("zk_" + field.key, text) }
            return ("zk_" + field.key, field.value.text)
        }
    }

    /// `zfig`: what ZooKeeper has no key for, and of what it has, what the harness wants each second: `mntr` would cost a
    /// server more than both.
    func ownStatistics() -> [(key: String, value: String)] {
        let log = storage.statistics
        let usage = ProcessUsage(pid: getpid())
        let hex = { (value: UInt64) in String(value, radix: 16) }
        var lines: [(Telemetry.MonitorKey, String)] = [
            (.state, mode), (.lastApplied, hex(committed.rawValue)), (.znodes, "\(nodeCount)"),
            (.outstandingRequests, "\(outstandingRequests)"),
        ]
        lines += ensemble
        lines += [
            (.epoch, "\(epoch)"),
            (.elections, "\(host.member.counters.elections)"),
            (.syncs, "\(log.syncCalls)"),
            (.groupCommits, "\(log.groupCommits)"),
            (.syncMicroseconds, "\(log.totalSyncNanoseconds / 1000)"),
            (.logBytesWritten, "\(log.bytesWritten)"),
            (.logBatches, "\(log.batches)"),
            (.recordsLogged, "\(log.records)"),
            (.proposals, "\(host.member.counters.proposals)"),
            (.commits, "\(host.member.counters.commits)"),
            (.bytesIn, "\(host.counters.bytesIn)"),
            (.bytesOut, "\(host.counters.bytesOut)"),
            (.messagesIn, "\(host.counters.messagesIn)"),
            (.messagesOut, "\(host.counters.messagesOut)"),
            (.loopRounds, "\(host.counters.rounds)"),
            (.loopBusyMicroseconds, "\(zb_thread_nanoseconds() / 1000)"),
            (.queueLogRecords, "\(storage.recordsInFlight)"),
            (.queueLinkRecords, "\(recordsForLinks)"),
            (.queueLogBytes, "\(storage.store.bytesInFlight)"),
            (.queuePendingBytes, "\(host.member.pendingBytes)"),
            (.historyBytes, "\(host.member.history.byteCount)"),
            (.snapshots, "\(snapshots)"),
            (.strangers, "\(doors.strangerCount)"),
            (.turnedAway, "\(doors.turnedAway)"),
            (.lateSegments, "\(storage.lateSegmentCount)"),
            (
                .digest,
                String(repeating: "0", count: 16 - hex(host.member.state.digest).count) + hex(host.member.state.digest)
            ),
            (.digestZxid, hex(host.member.state.lastApplied.rawValue)),
            (.pid, "\(getpid())"),
        ]
        if let allocations = Allocations.count() { lines.append((.allocations, "\(allocations)")) }
        if let usage {
            lines.append((.cpuMicroseconds, "\(usage.userCPUMicroseconds + usage.systemCPUMicroseconds)"))
            lines.append((.residentBytes, "\(usage.residentBytes)"))
        }
        return lines.map { ($0.0.rawValue, $0.1) }
            + log.groupCommitsBySize.map {
                (Telemetry.groupRecordsKey(atMost: $0.recordsMax), "\($0.count)")
            }
    }

    /// Who is in the ensemble.
    private var ensemble: [(Telemetry.MonitorKey, String)] {
        [
            (.serverID, "\(configuration.myself)"),
            (.servers, serverList),
            (.ensemble, Membership.text(host.member.peer.membership.shown)),
        ]
    }

    /// The ensemble as this server is configured, `server.1=host:2888:3888` and so on, with the lines
    /// of its groups; empty for a server alone.
    private var serverList: String {
        let servers = configuration.servers.map { server in
            "server.\(server.id)=\(server.host):\(server.quorumPort):\(server.electionPort)"
                + (server.observer ? ":observer" : "")
        }
        return (servers + configuration.groupLines).joined(separator: " ")
    }
}
