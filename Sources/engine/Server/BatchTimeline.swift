import Log
import Wire
import Zab

/// When batches passed the stations of this server's loop, for `zbat`. The harness joins it with what the other servers
/// and the clients tell, by zxid: the stage ledger.
///
/// Nothing is recorded until somebody asks, and no more once nobody has asked for ten seconds. What is recorded between
/// two questions is bounded; what does not fit is counted as lost.
struct BatchTimeline {
    /// Nanoseconds of CLOCK_MONOTONIC, as everywhere here.
    typealias Time = UInt64

    private static let patience: Time = 10_000_000_000
    static let capacity = 32_768

    private(set) var isRecording = false
    private var askedAt: Time = 0
    private var lines: [Telemetry.BatchLine] = []
    private var lost = 0
    private var lostGroups = 0
    /// The first word of this round from a client or a peer.
    private var roundReadAt: Time = 0
    private var roundClosedAt: Time = 0
    /// A learner's: when proposals up to each zxid were read.
    private var proposalsRead: [(last: Zxid, at: Time)] = []
    private var replied = Zxid.zero

    // MARK: What the loop notes, while recording

    mutating func noteRead(_ now: Time) { if roundReadAt == 0 { roundReadAt = now } }

    mutating func noteProposals(through last: Zxid, readAt: Time) { proposalsRead.append((last, readAt)) }

    mutating func noteEndOfRound(_ now: Time) { roundClosedAt = now }

    mutating func noteRoundIsOver() {
        roundReadAt = 0
        proposalsRead.removeAll(keepingCapacity: true)
    }

    mutating func noteHanded(first: Zxid, last: Zxid, bytes: Int, at now: Time) {
        let own = proposalsRead.first { $0.last >= last }?.at
        let closed = max(own ?? roundReadAt, min(roundClosedAt, now))
        let read = own ?? (roundReadAt == 0 ? closed : roundReadAt)
        // A learner's batch waits for nothing between being read and the end of the round.
        add(
            .batch(
                first: first.rawValue,
                last: last.rawValue,
                readAt: read,
                closedAt: own ?? closed,
                handedAt: now,
                bytes: UInt64(clamping: bytes)
            )
        )
    }

    mutating func noteAck(_ zxid: Zxid, of peer: ServerID, at now: Time) {
        add(.acknowledgement(peer: Int(peer.rawValue), zxid: zxid.rawValue, heardAt: now))
    }

    mutating func noteCommit(_ zxid: Zxid, known: Time, applied: Time) {
        add(.commit(zxid: zxid.rawValue, knownAt: known, appliedAt: applied))
    }

    mutating func noteReplies(through zxid: Zxid, at now: Time) {
        guard zxid > replied else { return }
        replied = zxid
        add(.reply(zxid: zxid.rawValue, sentAt: now))
    }

    private mutating func add(_ line: Telemetry.BatchLine) {
        if lines.count < Self.capacity { lines.append(line) } else { lost += 1 }
    }

    // MARK: Questions

    /// Ends the recording if nobody has asked for long.
    mutating func tick(_ now: Time, groups: GroupTimings) {
        guard isRecording, now > askedAt + Self.patience else { return }
        isRecording = false
        groups.isWanted = false
        forget(groups)
    }

    /// Everything since the last question, a line each, and records from now on.
    mutating func take(server: ServerID, now: Time, groups: GroupTimings) -> String {
        if !isRecording { forget(groups) }
        isRecording = true
        groups.isWanted = true
        askedAt = now
        let head: [Telemetry.BatchLine] = [
            .server(Int(server.rawValue)), .clock(now), .lost(UInt64(clamping: lost + groups.lost - lostGroups)),
        ]
        var text = head.map(\.text).joined()
        lost = 0
        lostGroups = groups.lost
        for line in lines { text += line.text }
        lines.removeAll(keepingCapacity: true)
        while let group = groups.take() {
            text +=
                Telemetry.BatchLine.group(
                    last: group.last.rawValue,
                    takenAt: group.taken,
                    syncedAt: group.synced,
                    records: UInt64(clamping: group.records)
                ).text
        }
        return text
    }

    private mutating func forget(_ groups: GroupTimings) {
        lines = []
        lost = 0
        while groups.take() != nil {}
        lostGroups = groups.lost
        noteRoundIsOver()
    }
}
