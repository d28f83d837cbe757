import Host
import Replica
import Zab

/// What had been counted when `srst` was asked: ZooKeeper's figures begin anew there, and ours go on.
struct CountersAtReset {
    var packetsReceived = 0
    var packetsSent = 0
    var updates = LatencyTally()
    var reads = LatencyTally()
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

/// What the words tell of clients.
extension ServerLoop {
    /// Frames and words of clients.
    var packetsReceived: Int { host.counters.clientPacketsIn - sinceReset.packetsReceived }
    /// Answers and events to clients, and answers to words.
    var packetsSent: Int { host.member.packetsSent + host.counters.words - sinceReset.packetsSent }

    var updateLatencies: LatencyTally { host.member.times.ofUpdates.since(sinceReset.updates) }
    var readLatencies: LatencyTally { host.member.times.ofReads.since(sinceReset.reads) }
    var requestLatencies: RequestLatencies { RequestLatencies([updateLatencies, readLatencies]) }

    /// One line for each client connection, as `stat` prints them.
    func clientDescriptions() -> [String] {
        host.clients.enumerated().compactMap { id, client in
            guard let client else { return nil }
            let report = host.member.connection(ConnectionID(id))
            let received = client.inlet.frameCount + (client.isAsking ? 1 : 0)
            let sent = client.inlet.frameCount - client.inlet.waitingFrames - report.unanswered + report.events
            // What the socket waits for, as in a selector's key: 1 to be read, 4 to be written.
            let interest = (client.isReading ? 1 : 0) | (client.repliesWait ? 4 : 0)
            return "\(JavaText.address(client.socket.remoteAddress))[\(interest)]"
                + "(queued=\(report.queued),recved=\(received),sent=\(sent))"
        }
    }
}
