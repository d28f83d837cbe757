import Host
import Replica
import Wire
import Zab
import Znodes

/// ZooKeeper's one-word questions: a client that sends these four bytes first gets text back and is closed. Two are our
/// own: `zphs`, the changes of phase, and `zbat`, the timelines of batches since the last such question.
enum FourLetterWord: String, CaseIterable {
    case ruok, srvr, stat, mntr, isro, conf, cons, crst, dump, envi, srst, wchs, wchc, wchp, dirs, gtmk, stmk, hash
    case zphs, zbat

    /// From the four bytes that would be a frame's length.
    init?(length: Int) {
        guard let word = UInt32(exactly: length) else { return nil }
        self.init(rawValue: withUnsafeBytes(of: word.bigEndian) { String(decoding: $0, as: UTF8.self) })
    }

    static let notServing = "This ZooKeeper instance is not currently serving requests"

    /// - Parameter behind: the bytes behind the word.
    func answer(of server: ServerLoop, behind: UnsafeRawBufferPointer) -> WordAnswer {
        if let allowed = server.configuration.allowedWords, !allowed.contains(rawValue) {
            return WordAnswer("\(rawValue) is not executed because it is not in the whitelist.\n")
        }
        switch self {
        case .ruok: return WordAnswer("imok")
        case .isro: return WordAnswer(server.isServing ? "rw" : "null")
        case .envi: return WordAnswer("Environment:\n" + ServerEnvironment.lines)
        case .gtmk: return WordAnswer("\(server.traceMask)")
        case .stmk: return WordAnswer(Self.setMask(server, behind))
        case .zphs: return WordAnswer(server.phaseHistory)
        case .zbat: return WordAnswer(server.takeTimeline())
        // Also of a server that does not serve: the harness asks it, and it has more to say than that.
        case .mntr: return WordAnswer(server.statistics().map { Telemetry.monitorLine($0.key, $0.value) }.joined())
        default: break
        }
        guard server.isServing else { return WordAnswer(Self.notServing + (self == .hash ? "" : "\n")) }
        return servedAnswer(of: server)
    }

    private func servedAnswer(of server: ServerLoop) -> WordAnswer {
        switch self {
        case .srvr: return WordAnswer(Self.version + Self.summary(server))
        case .stat:
            return server.connectionLines(head: Self.version + "Clients:\n", brief: true) {
                "\n" + Self.summary(server)
            }
        case .cons: return server.connectionLines(head: "", brief: false) { "\n" }
        case .crst:
            server.resetConnectionStatistics()
            return WordAnswer("Connection stats reset.\n")
        case .srst:
            server.resetStatistics()
            return WordAnswer("Server stats reset.\n")
        case .dump: return server.sessionDump()
        case .wchs:
            return server.watchSummary {
                "\($0.connections) connections watching \($0.paths) paths\nTotal watches:\($0.watches)\n"
            }
        case .wchc: return server.watchesByConnection(.textBySession, name: JavaText.hex)
        case .wchp: return server.watchesByPath(.textByPath, name: JavaText.hex)
        case .conf: return server.withDirectorySizes { server.configurationLines($0) }
        case .dirs: return server.withDirectorySizes { "datadir_size: \($0.data)\nlogdir_size: \($0.log)\n" }
        // No history of digests is kept; `mntr` has the newest, `zab_digest`.
        default: return WordAnswer("")
        }
    }

    /// The mask is eight bytes behind the word. ZooKeeper, too, wants them at once, and says nothing if they are not there.
    private static func setMask(_ server: ServerLoop, _ behind: UnsafeRawBufferPointer) -> String {
        guard behind.count >= 8 else { return "" }
        server.traceMask = Int64(bigEndian: behind.loadUnaligned(as: Int64.self))
        return "\(server.traceMask)"
    }

    private static let version = "Zookeeper version: \(ServerVersion.text)\n"

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
