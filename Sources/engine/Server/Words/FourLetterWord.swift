import Host
import Replica
import Wire
import Zab
import Znodes

/// ZooKeeper's one-word questions: a client that sends these four bytes first gets text back and is closed. Three are our
/// own: `zfig`, the figures that ZooKeeper has no names for, `zphs`, the changes of phase, and `zbat`, the timelines of
/// batches since the last such question.
package enum FourLetterWord: String, CaseIterable, Sendable {
    case ruok, srvr, stat, mntr, isro, conf, cons, crst, dump, envi, srst, wchs, wchc, wchp, dirs, gtmk, stmk, hash
    case zfig, zphs, zbat

    /// From the four bytes that would be a frame's length.
    package init?(length: Int) {
        guard let word = UInt32(exactly: length) else { return nil }
        self.init(rawValue: withUnsafeBytes(of: word.bigEndian) { String(decoding: $0, as: UTF8.self) })
    }

    static let notServing = "This ZooKeeper instance is not currently serving requests"

    /// - Parameter behind: the bytes behind the word.
    func answer(of server: ServerLoop, behind: UnsafeRawBufferPointer) -> WordAnswer {
        // The figures are more of `mntr`, and whoever may have that may have them.
        let permission = self == .zfig ? .mntr : self
        if let allowed = server.configuration.allowedWords, !allowed.contains(permission.rawValue) {
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
        case .mntr: return WordAnswer(Self.lines(server.statistics()))
        case .zfig: return WordAnswer(Self.lines(server.ownStatistics()))
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
        case .hash:
            // The digest of this server's own making, as a Java long.
            let lines = server.host.member.state.digestLog.entries.map {
                "\(String($0.zxid.rawValue, radix: 16)): \(Int64(bitPattern: $0.digest))\n"
            }
            return WordAnswer(lines.joined())
        default: return WordAnswer("")
        }
    }

    /// The mask is eight bytes behind the word. ZooKeeper, too, wants them at once, and says nothing if they are not there.
    private static func setMask(_ server: ServerLoop, _ behind: UnsafeRawBufferPointer) -> String {
        guard behind.count >= 8 else { return "" }
        server.traceMask = Int64(bigEndian: behind.loadUnaligned(as: Int64.self))
        return "\(server.traceMask)"
    }

    private static func lines(_ values: [(key: String, value: String)]) -> String {
        values.map { Telemetry.monitorLine($0.key, $0.value) }.joined()
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
