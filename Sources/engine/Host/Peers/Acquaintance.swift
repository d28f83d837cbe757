import Wire
import Zab

/// Who may speak on the links between servers: one that knows the secret and whose data are not of another ensemble.
/// The same rule for election and quorum links, in the Server and in the simulator.
///
/// Each server speaks on the election links that it dialled itself, so one that is refused here is heard by nobody, and
/// has no vote. Links that were opened before either side had a confirmed identity are judged by LEADERINFO and
/// FOLLOWERINFO (`Peer.isStranger`).
public struct Acquaintance: Sendable {
    /// How long after a line about a server with data of another ensemble there is none about the same: it goes on
    /// dialling.
    public static let quiet: Nanoseconds = 60_000_000_000

    public enum Answer: Hashable, Sendable {
        case welcome
        /// Close the connection; the line, if there is one, is for the log.
        case refused(String?)
    }

    /// What is known of one server that has said hello.
    private struct Caller {
        let id: ServerID
        /// When a line about it was written.
        var toldAt: Nanoseconds?
        /// The identity that it showed last, if it was refused for that.
        var foreign: UInt64?
    }

    private let secret: PeerSecret
    private var callers: [Caller] = []
    private let ensemble: Configuration

    /// - Parameters:
    ///   - secret: the ensemble's; empty for none.
    ///   - ensemble: whose servers may come.
    public init(secret: PeerSecret = PeerSecret(), ensemble: Configuration) {
        self.secret = secret
        self.ensemble = ensemble
    }

    /// What a server whose data belong to `mine` says to this hello.
    ///
    /// - Parameter hello: of one of the ensemble's servers.
    public mutating func judge(_ hello: Hello, mine: Membership, now: Nanoseconds) -> Answer {
        let index = place(of: hello.id)
        guard secret.matches(hello.secret) else {
            return .refused(
                line("knows another peerSecret, or none; all servers must have the same", of: index, now)
            )
        }
        callers[index].foreign = mine.isForeign(hello.identity) ? hello.identity : nil
        guard callers[index].foreign != nil else { return .welcome }
        let strangers = strangers(hello.identity)
        guard ensemble.quorums.isQuorum(strangers) else {
            return .refused(line(mine.objection(to: hello.identity), of: index, now))
        }
        // A quorum that shows another identity is the ensemble; we are the stranger.
        let reason =
            "belongs, as \(strangers.count) servers do, to ensemble \(Membership.text(hello.identity)), and this server's data "
            + "to \(Membership.text(mine.identity)): move this server's dataDir and dataLogDir away and start it empty"
        return .refused(line(reason, of: index, now))
    }

    /// The voters that have shown this identity.
    private func strangers(_ identity: UInt64) -> VoterSet {
        VoterSet(
            callers.filter { $0.foreign == identity }.compactMap { ensemble.voters.firstIndex(of: $0.id) }
        )
    }

    private mutating func place(of id: ServerID) -> Int {
        if let index = callers.firstIndex(where: { $0.id == id }) { return index }
        callers.append(Caller(id: id))
        return callers.count - 1
    }

    private mutating func line(_ reason: String, of index: Int, _ now: Nanoseconds) -> String? {
        if let before = callers[index].toldAt, now - before < Self.quiet { return nil }
        callers[index].toldAt = now
        return "server \(callers[index].id) \(reason)"
    }
}

/// When to dial a peer again whose link has ended or did not open: at once, then after longer and longer pauses. A link
/// that did not last is no success: whoever lets us in and shows us out would be dialled at network speed.
public struct DialPause: Sendable {
    public static let first: Nanoseconds = 5_000_000
    public static let longest: Nanoseconds = 500_000_000

    private var pause = DialPause.first
    private var openedAt: Nanoseconds?

    public init() {}

    public mutating func opened(at now: Nanoseconds) { openedAt = now }

    /// The peer is there: it has just been let in here.
    public mutating func reset() { pause = Self.first }

    /// The link has ended, or did not open. Returns how long to wait.
    public mutating func next(at now: Nanoseconds) -> Nanoseconds {
        if let openedAt, now - openedAt >= Self.longest { pause = Self.first }
        openedAt = nil
        defer { pause = min(pause * 2, Self.longest) }
        return pause
    }
}
