import DequeModule
import Replica
import Zab
import Znodes

/// How long a leader's batches take, from the moment when they are handed to its log and to the links: as ZooKeeper's
/// latencies, which begin with the time in the transaction. A batch costs two or three looks at the clock, a transaction
/// none.
struct BatchTimes {
    private struct Batch {
        var last: Zxid
        var records: UInt64
        var handed: UInt64
    }

    /// Nanoseconds of the monotonic clock.
    typealias Time = UInt64

    private var uncommitted: Deque<Batch> = []
    private var unsynced: Deque<Batch> = []
    /// Until a quorum had them and they were applied.
    private(set) var untilApplied = LatencyTally()
    /// Until this server's own log had them.
    private(set) var untilSynced = LatencyTally()
    /// Until each other server said that its log had them, if that was before the commit. In the order of the ids.
    private(set) var untilAcknowledged: [(peer: ServerID, times: LatencyTally)] = []
    /// Transactions that came from a leader.
    private(set) var received = 0

    /// The end of the batch that is to be committed next; nil if there is none.
    var next: Zxid? { uncommitted.first?.last }

    mutating func handed(_ last: Zxid, records: UInt64, at now: Time) {
        let batch = Batch(last: last, records: records, handed: now)
        uncommitted.append(batch)
        unsynced.append(batch)
    }

    mutating func received(_ records: UInt64) { received += Int(records) }

    mutating func committed(_ zxid: Zxid, at now: Time) {
        while let batch = uncommitted.first, batch.last <= zxid {
            untilApplied.add(Self.microseconds(since: batch, now), times: batch.records)
            uncommitted.removeFirst()
        }
    }

    var waitsForSync: Bool { !unsynced.isEmpty }

    mutating func synced(_ zxid: Zxid, at now: Time) {
        while let batch = unsynced.first, batch.last <= zxid {
            untilSynced.add(Self.microseconds(since: batch, now), times: batch.records)
            unsynced.removeFirst()
        }
    }

    /// One value for each acknowledgement: of the newest batch that it names.
    mutating func acknowledged(_ zxid: Zxid, by peer: ServerID, at now: Time) {
        guard let batch = uncommitted.last(where: { $0.last <= zxid }) else { return }
        let place = untilAcknowledged.firstIndex { $0.peer >= peer } ?? untilAcknowledged.count
        if place == untilAcknowledged.count || untilAcknowledged[place].peer != peer {
            untilAcknowledged.insert((peer, LatencyTally()), at: place)
        }
        untilAcknowledged[place].times.add(Self.microseconds(since: batch, now))
    }

    /// What is under way belongs to a reign that is over.
    mutating func phaseChanged() {
        uncommitted.removeAll(keepingCapacity: true)
        unsynced.removeAll(keepingCapacity: true)
    }

    mutating func resetExtremes() {
        untilApplied.resetExtremes()
        untilSynced.resetExtremes()
        for place in untilAcknowledged.indices { untilAcknowledged[place].times.resetExtremes() }
    }

    private static func microseconds(since batch: Batch, _ now: Time) -> UInt32 {
        UInt32(clamping: (now - batch.handed) / 1000)
    }
}

/// How a leader brings learners up to date: with what they miss, or with a snapshot before it.
struct LearnerSyncs {
    private var open: [Link: Bool] = [:]
    private(set) var snapshots = 0
    private(set) var differences = 0
    /// How many of each kind were under way when one began, and when one had ended.
    private(set) var snapshotsUnderWay = CountTally()
    private(set) var differencesUnderWay = CountTally()

    /// A learner has said what it has.
    mutating func began(_ link: Link) { open[link] = false }

    mutating func sendsSnapshot(_ link: Link) {
        open[link] = true
        snapshots += 1
        snapshotsUnderWay.add(count(true))
    }

    /// It has everything.
    mutating func ended(_ link: Link) {
        guard let isSnapshot = open[link] else { return }
        if !isSnapshot {
            differences += 1
            differencesUnderWay.add(count(false))
        }
        open[link] = nil
        if isSnapshot { snapshotsUnderWay.add(count(true)) } else { differencesUnderWay.add(count(false)) }
    }

    mutating func closed(_ link: Link) { if !open.isEmpty { open[link] = nil } }

    private func count(_ isSnapshot: Bool) -> Int { open.values.count { $0 == isSnapshot } }

    mutating func resetExtremes() {
        snapshotsUnderWay.resetExtremes()
        differencesUnderWay.resetExtremes()
    }
}

/// How long a server's start and its snapshots took, and which snapshot is the newest.
struct StoreTimes {
    /// Of one start of the server.
    struct Start: Sendable {
        /// Nanoseconds: everything; the snapshot alone; the log behind it.
        var whole: UInt64 = 0
        var snapshot: UInt64 = 0
        var log: UInt64 = 0
        /// Transactions that the log had behind the snapshot and that were known to be committed.
        var transactions = 0
        var snapshotIsThere = false
    }

    let start: Start
    private(set) var snapshots = LatencyTally()
    /// And the second of its end.
    private(set) var newest: (zxid: Zxid, second: Int)?
    private var began: UInt64?

    init(start: Start, newest: (zxid: Zxid, second: Int)?) { (self.start, self.newest) = (start, newest) }

    mutating func snapshotBegan(at now: UInt64) { began = now }

    mutating func snapshotEnded(_ zxid: Zxid, at now: UInt64, second: Int) {
        newest = (zxid, second)
        guard let began else { return }
        self.began = nil
        snapshots.add(UInt32(clamping: (now - began) / 1000))
    }

    /// One came from a leader.
    mutating func installed(_ zxid: Zxid, second: Int) { newest = (zxid, second) }

    mutating func resetExtremes() { snapshots.resetExtremes() }
}
