/// A server's answer to `zphs`: the newest changes of its phase, oldest first. All moments are CLOCK_MONOTONIC, which
/// servers and harness share.
public struct PhaseJournal: Sendable, Equatable {
    public enum Phase: String, Sendable, Hashable {
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

    /// A server began a phase.
    public struct Event: Sendable, Hashable {
        public var server: Int
        public var at: UInt64
        public var phase: Phase
        public var epoch: UInt32
        /// 0 where there is none.
        public var leader: Int
        public var zxid: UInt64

        public init(server: Int, at: UInt64, phase: Phase, epoch: UInt32 = 0, leader: Int = 0, zxid: UInt64 = 0) {
            self.server = server
            self.at = at
            self.phase = phase
            self.epoch = epoch
            self.leader = leader
            self.zxid = zxid
        }
    }

    /// How a learner was brought up to date.
    public struct Synchronization: Sendable, Hashable {
        public var server: Int
        public var at: UInt64
        /// `diff`, `trunc` or `snap`.
        public var means: String
        public var leader: Int

        public init(server: Int, at: UInt64, means: String, leader: Int) {
            self.server = server
            self.at = at
            self.means = means
            self.leader = leader
        }
    }

    /// The server's id; 0 where the answer does not say it.
    public private(set) var server = 0
    public private(set) var events: [Event] = []
    public private(set) var synchronizations: [Synchronization] = []

    /// Lines of words separated by tabs. Lines whose first word is unknown are for other readers, or for other versions of
    /// this one; those that cannot be read are skipped, since a server may be killed in the middle of its answer.
    public init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false)
            switch words.first {
            case "server": if words.count > 1, let id = Int(words[1]) { server = id }
            case "phase": if let event = Self.event(words, server: server) { events.append(event) }
            case "sync": if let sync = Self.synchronization(words, server: server) { synchronizations.append(sync) }
            default: continue
            }
        }
    }

    private static func event(_ words: [Substring], server: Int) -> Event? {
        guard words.count >= 6, let at = UInt64(words[1]), let phase = Phase(rawValue: String(words[2])),
            let epoch = UInt32(words[3]), let leader = Int(words[4]), let zxid = UInt64(words[5], radix: 16)
        else { return nil }
        return Event(server: server, at: at, phase: phase, epoch: epoch, leader: leader, zxid: zxid)
    }

    private static func synchronization(_ words: [Substring], server: Int) -> Synchronization? {
        guard words.count >= 4, let at = UInt64(words[1]), let leader = Int(words[3]) else { return nil }
        return Synchronization(server: server, at: at, means: String(words[2]), leader: leader)
    }
}
