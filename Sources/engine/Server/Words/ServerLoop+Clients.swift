import Host
import Log
import Replica
import Wire
import Zab
import Znodes

/// What had been counted when `srst` was asked: ZooKeeper's figures begin anew there, and ours go on.
struct CountersAtReset {
    var packetsReceived = 0
    var packetsSent = 0
    var updates = LatencyTally()
    var reads = LatencyTally()
    /// By `Metric.key`.
    var metrics: [String: Metric.Value] = [:]
}

/// Latencies of requests in milliseconds.
struct RequestLatencies {
    var least = 0
    var mean = 0.0
    var most = 0

    /// Of several kinds together.
    init(_ tallies: [LatencyTally]) {
        let some = tallies.filter { $0.count > 0 }
        guard !some.isEmpty else { return }
        least = Int(some.map(\.least).min()! / 1000)
        most = Int(some.map(\.most).max()! / 1000)
        mean = Double(some.reduce(0) { $0 + $1.sum }) / 1000 / Double(some.reduce(0) { $0 + $1.count })
    }
}

/// One client's connection, as the words and the admin server show it.
struct ClientSeen {
    var address: String
    /// What its socket waits for, as in a selector's key: 1 to be read, 4 to be written.
    var interest: Int
    var received: Int
    var sent: Int
    var established: Int64
    var report: ConnectionReport

    var operation: String { report.operation.map { Self.names[$0] ?? "NA" } ?? "NA" }
    var zxid: Int64 { Int64(bitPattern: report.zxid.rawValue) }
    var response: UInt64 { report.response / 1_000_000 }

    private static let names: [OpCode: String] = [
        .ping: "PING", .createSession: "SESS", .multi: "MULT", .multiRead: "MLTR", .create: "CREA", .create2: "CREA",
        .createTTL: "CREA", .createContainer: "CREA", .delete: "DELE", .deleteContainer: "DELE", .setData: "SETD",
        .reconfig: "RECO", .setACL: "SETA", .closeSession: "CLOS", .sync: "SYNC", .check: "CHEC", .exists: "EXIS",
        .getData: "GETD", .setWatches: "SETW", .setWatches2: "STW2", .addWatch: "ADDW", .getACL: "GETA",
        .getChildren: "GETC", .getChildren2: "GETC", .getAllChildrenNumber: "GETACN", .checkWatches: "CHKW",
        .removeWatches: "REMW", .whoAmI: "HOMI", .getEphemerals: "GETE",
    ]

    /// As `stat` has it, or as `cons`.
    func line(brief: Bool) -> String {
        var text = " \(address)[\(interest)](queued=\(report.queued),recved=\(received),sent=\(sent)"
        guard !brief, report.session != 0 else { return text + ")\n" }
        text += ",sid=0x\(JavaText.hex(report.session)),lop=\(operation),est=\(established),to=\(report.timeout),"
        if report.xid >= 0 { text += "lcxid=0x\(String(report.xid, radix: 16))," }
        text += "lzxid=0x\(JavaText.hex(zxid)),lresp=\(response),llat=\(report.lastLatency / 1000),"
        text += "minlat=\(report.leastLatency / 1000),avglat=\(report.meanLatency / 1000),"
        return text + "maxlat=\(report.mostLatency / 1000))\n"
    }
}

/// What the words tell of clients.
extension ServerLoop {
    /// So many connections or sessions are looked at for one part of an answer, which takes half a millisecond.
    static let placesPerPart = 64
    /// What is copied or made of short lines for one part.
    static let bytesPerPart = 64 << 10

    /// Frames and words of clients.
    var packetsReceived: Int { host.counters.clientPacketsIn - sinceReset.packetsReceived }
    /// Answers and events to clients, and answers to words.
    var packetsSent: Int { allPacketsSent - sinceReset.packetsSent }
    var allPacketsSent: Int { host.member.packetsSent + host.counters.words }

    var updateLatencies: LatencyTally { host.member.times.ofUpdates.since(sinceReset.updates) }
    var readLatencies: LatencyTally { host.member.times.ofReads.since(sinceReset.reads) }
    var requestLatencies: RequestLatencies { RequestLatencies([updateLatencies, readLatencies]) }

    /// Nil where no client has this number.
    func seen(_ id: Int) -> ClientSeen? {
        guard id < host.clients.count, let client = host.clients[id] else { return nil }
        let report = host.member.connection(ConnectionID(id))
        let packets = packets(of: client, report)
        return ClientSeen(
            address: JavaText.address(client.socket.remoteAddress),
            interest: (client.isReading ? 1 : 0) | (client.repliesWait ? 4 : 0),
            received: packets.received - client.packetsAtReset.received,
            sent: packets.sent - client.packetsAtReset.sent,
            established: client.socket.established,
            report: report
        )
    }

    private func packets(
        of client: ServedClient<SocketHandler>,
        _ report: ConnectionReport
    ) -> (received: Int, sent: Int) {
        let frames = client.inlet.frameCount
        return (
            frames + (client.isAsking ? 1 : 0),
            frames - client.inlet.waitingFrames - report.unanswered + report.events
        )
    }

    /// One line for each client connection.
    func connectionLines(head: String, brief: Bool, tail: @escaping () -> String) -> WordAnswer {
        var next = 0
        return WordAnswer { [unowned self] in
            var text = next == 0 ? head : ""
            let end = next + Self.placesPerPart
            while next < end {
                if let client = seen(next) { text += client.line(brief: brief) }
                next += 1
            }
            return next < host.clients.count ? .more(Array(text.utf8)) : .last(Array((text + tail()).utf8))
        }
    }

    /// `crst`.
    func resetConnectionStatistics() {
        for (id, client) in host.clients.enumerated() {
            guard let client else { continue }
            host.resetStatistics(of: ConnectionID(id))
            client.packetsAtReset = packets(of: client, host.member.connection(ConnectionID(id)))
        }
    }

    /// `srst`: everything that is counted or timed begins anew, as in ZooKeeper; what is measured (sizes, connections,
    /// uptimes) does not.
    func resetStatistics() {
        let values = metrics(sinceReset: false).map { ($0.key, $0.value) }
        sinceReset = CountersAtReset(
            packetsReceived: host.counters.clientPacketsIn,
            packetsSent: allPacketsSent,
            updates: host.member.times.ofUpdates,
            reads: host.member.times.ofReads,
            metrics: Dictionary(values) { first, _ in first }
        )
        host.resetExtremes()
        host.member.state.firings.resetExtremes()
        storage.statistics.resetExtremes()
        phaseTimes.resetExtremes()
        batchTimes.resetExtremes()
        learnerSyncs.resetExtremes()
        storeTimes.resetExtremes()
    }
}
