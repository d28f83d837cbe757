import Wire

/// A server's answer to `zphs`: the newest changes of its phase, oldest first. All moments are CLOCK_MONOTONIC, which
/// servers and harness share.
public struct PhaseJournal: Sendable, Equatable {
    public typealias Phase = Telemetry.PhaseWord

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
            switch Telemetry.PhaseLine(parsing: line) {
            case .server(let id): server = id
            case .phase(let time, let phase, let epoch, let leader, let zxid):
                events.append(
                    Event(server: server, at: time, phase: phase, epoch: epoch, leader: leader, zxid: zxid)
                )
            case .synchronization(let time, let means, let leader):
                synchronizations.append(
                    Synchronization(server: server, at: time, means: means, leader: leader)
                )
            case nil: continue
            }
        }
    }
}
