import Host
import Replica
import Wire
import Zab
import Znodes

/// ZooKeeper's one-word questions: a client that sends these four bytes first gets text back and is closed. Two are our
/// own: `zphs`, the changes of phase, and `zbat`, the timelines of batches since the last such question.
enum FourLetterWord: String {
    case ruok, srvr, stat, mntr, isro, zphs, zbat

    /// From the four bytes that would be a frame's length.
    init?(length: Int) {
        guard let word = UInt32(exactly: length) else { return nil }
        self.init(rawValue: withUnsafeBytes(of: word.bigEndian) { String(decoding: $0, as: UTF8.self) })
    }

    func answer(of server: ServerLoop) -> String {
        if let allowed = server.configuration.allowedWords, !allowed.contains(rawValue) {
            return "\(rawValue) is not executed because it is not in the whitelist.\n"
        }
        return permittedAnswer(of: server)
    }

    private func permittedAnswer(of server: ServerLoop) -> String {
        switch self {
        case .ruok: "imok"
        case .isro: server.isServing ? "rw" : "null"
        case .srvr: server.isServing ? Self.version + Self.summary(server) : Self.notServing
        case .stat: server.isServing ? Self.version + Self.clients(server) + Self.summary(server) : Self.notServing
        case .zphs: server.phaseHistory
        case .zbat: server.takeTimeline()
        case .mntr: server.statistics().map { Telemetry.monitorLine($0.key, $0.value) }.joined()
        }
    }

    private static let notServing = "This ZooKeeper instance is not currently serving requests\n"
    private static let version = "Zookeeper version: \(ServerVersion.text)\n"

    private static func clients(_ server: ServerLoop) -> String {
        "Clients:\n" + server.clientDescriptions().map { " \($0)\n" }.joined() + "\n"
    }

    private static func summary(_ server: ServerLoop) -> String {
        let latencies = server.requestLatencies
        // The mean without its fraction, as up to 3.5: some programs take nothing else. `mntr` has it whole.
        var text = """
            Latency min/avg/max: \(latencies.least)/\(Int(latencies.mean))/\(latencies.most)
            Received: \(server.packetsReceived)
            Sent: \(server.packetsSent)
            Connections: \(server.connectionCount)
            Outstanding: \(server.outstandingRequests)
            Zxid: 0x\(String(server.committed.rawValue, radix: 16))
            Mode: \(server.mode)
            Node count: \(server.nodeCount)

            """
        if server.mode == "leader" {
            let sizes = server.host.member.proposalSizes
            text += "Proposal sizes last/min/max: \(sizes.last)/\(sizes.least)/\(sizes.most)\n"
        }
        return text
    }
}
