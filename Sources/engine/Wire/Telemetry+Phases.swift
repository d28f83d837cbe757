extension Telemetry {
    /// What a server does in the protocol, as `zphs` says it.
    public enum PhaseWord: String, Hashable, Sendable, CaseIterable {
        /// Votes.
        case looking
        /// Was elected and brings its followers together.
        case preparing
        /// A quorum has acknowledged its history.
        case leading
        /// Dials the leader that was elected.
        case joining
        /// Serves under its leader.
        case following
        case observing
    }

    /// A line of `zphs`: words separated by tabs. Moments are nanoseconds of CLOCK_MONOTONIC, zxids hexadecimal.
    public enum PhaseLine: Hashable, Sendable {
        case server(Int)
        /// A phase began; epoch and leader are 0 where there is none, the zxid is the newest in the log.
        case phase(at: UInt64, PhaseWord, epoch: UInt32, leader: Int, zxid: UInt64)
        /// How a learner is being brought up to date: `diff`, `trunc` or `snap`.
        case synchronization(at: UInt64, means: String, leader: Int)

        /// With its newline.
        public var text: String {
            switch self {
            case .server(let id): "server\t\(id)\n"
            case .phase(let time, let word, let epoch, let leader, let zxid):
                "phase\t\(time)\t\(word.rawValue)\t\(epoch)\t\(leader)\t\(String(zxid, radix: 16))\n"
            case .synchronization(let time, let means, let leader): "sync\t\(time)\t\(means)\t\(leader)\n"
            }
        }

        /// - Returns: nil for a line of another kind, of another version, or cut off by the end of its server.
        public init?(parsing line: some StringProtocol) {
            let words = Words(line)
            switch words.first {
            case "server":
                guard let id = words.id(1) else { return nil }
                self = .server(id)
            case "phase":
                guard let time = words.decimal(1), let phase = words.word(2).flatMap(PhaseWord.init(rawValue:)),
                    let epoch = words.decimal(3).flatMap(UInt32.init(exactly:)), let leader = words.id(4),
                    let zxid = words.hexadecimal(5)
                else { return nil }
                self = .phase(at: time, phase, epoch: epoch, leader: leader, zxid: zxid)
            case "sync":
                guard let time = words.decimal(1), let means = words.word(2), let leader = words.id(3) else {
                    return nil
                }
                self = .synchronization(at: time, means: means, leader: leader)
            default: return nil
            }
        }
    }
}
