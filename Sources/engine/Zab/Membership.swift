/// Which ensemble a server's data belong to: what keeps a folder of another ensemble, brought under a member's id, from
/// being taken for the better history.
///
/// An identity is a random number that an ensemble gets once, with its first established leader, and keeps. It stands
/// beside the current epoch, in the same sector and the same write. A would-be leader that has a current epoch and an
/// identity goes on with that; one without, in a new ensemble or on data from before there were identities, takes a
/// candidate of its own. It tells the reign's identity with LEADERINFO, and its learners write it with the current
/// epoch when NEWLEADER says that the history is theirs.
///
/// *Every established leader has the identity of the first established one.* Let epoch e be established, so current,
/// with identity x, on a quorum. A later leader that gets as far as NEWLEADER has a quorum's promises, so one of a
/// server for which e was current, and its own current epoch is no lower than that server's: a learner with a better
/// history ends the attempt. Its current epoch was written with its identity, which came from the leader of that epoch;
/// by induction over the epochs from e on, that is x. The identity of a reign that was never established may differ; it
/// is overwritten with the next current epoch.
///
/// *So only a confirmed identity is held against others*: one under which this server has served, as the leader of an
/// established epoch or after UPTODATE. That is written once in a server's life, not once an election. A server with a
/// confirmed identity does not follow, lead, vote with or count the promise of one that shows another. What it cannot
/// tell is which of the two is the stranger; the quorum's word stands, since a quorum goes on and the stranger cannot.
public struct Membership: Hashable, Sendable {
    /// 0: none yet.
    public var identity: UInt64
    /// Whether the identity is that of an established reign.
    public var isConfirmed: Bool

    public init(identity: UInt64 = 0, isConfirmed: Bool = false) {
        self.identity = identity
        self.isConfirmed = isConfirmed && identity != 0
    }

    /// What others are told, and may hold against us: 0 before it is confirmed.
    public var shown: UInt64 { isConfirmed ? identity : 0 }

    /// Whether somebody who shows this belongs to another ensemble.
    public func isForeign(_ shown: UInt64) -> Bool {
        isConfirmed && shown != 0 && shown != identity && !PlantedBug.foreignFolderAccepted.isPlanted
    }

    /// As in log lines: 16 hexadecimal digits.
    public static func text(_ identity: UInt64) -> String {
        let digits = String(identity, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// What to tell of a server with data of another ensemble, and what to do.
    public func objection(to shown: UInt64) -> String {
        "has the data of another ensemble (\(Self.text(shown)), this one is \(Self.text(identity))): move its dataDir "
            + "and dataLogDir away and start it empty"
    }
}
