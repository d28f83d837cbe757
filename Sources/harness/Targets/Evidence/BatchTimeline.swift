import Wire

/// When one server did what with its batches, as it tells by the four-letter word `zbat`. All moments are nanoseconds of
/// CLOCK_MONOTONIC, zxids as the protocol counts them.
///
/// Answers follow each other: each holds what happened since the one before, and `add` puts them together.
public struct BatchTimeline: Sendable, Equatable {
    /// A round of the loop and its transactions. On a follower: a frame with proposals.
    public struct Batch: Sendable, Equatable {
        public var first: UInt64
        public var last: UInt64
        /// The first request of the round was read from its socket.
        public var readAt: UInt64
        /// Nothing more was taken into the round.
        public var closedAt: UInt64
        /// It lay with the log, and on a leader with the links.
        public var handedAt: UInt64
        public var recordBytes: UInt64

        public init(
            first: UInt64,
            last: UInt64,
            readAt: UInt64,
            closedAt: UInt64,
            handedAt: UInt64,
            recordBytes: UInt64 = 0
        ) {
            self.first = first
            self.last = last
            self.readAt = readAt
            self.closedAt = closedAt
            self.handedAt = handedAt
            self.recordBytes = recordBytes
        }
    }

    /// A group commit of this server's log.
    public struct Group: Sendable, Equatable {
        public var last: UInt64
        public var takenAt: UInt64
        public var syncedAt: UInt64
        public var records: UInt64

        public init(last: UInt64, takenAt: UInt64, syncedAt: UInt64, records: UInt64 = 1) {
            self.last = last
            self.takenAt = takenAt
            self.syncedAt = syncedAt
            self.records = records
        }
    }

    /// On a leader: a follower has everything up to `zxid` on its disk, and said so.
    public struct Acknowledgement: Sendable, Equatable {
        public var peer: Int
        public var zxid: UInt64
        public var heardAt: UInt64

        public init(peer: Int, zxid: UInt64, heardAt: UInt64) {
            self.peer = peer
            self.zxid = zxid
            self.heardAt = heardAt
        }
    }

    public struct Commit: Sendable, Equatable {
        public var zxid: UInt64
        public var knownAt: UInt64
        public var appliedAt: UInt64

        public init(zxid: UInt64, knownAt: UInt64, appliedAt: UInt64) {
            self.zxid = zxid
            self.knownAt = knownAt
            self.appliedAt = appliedAt
        }
    }

    public struct Reply: Sendable, Equatable {
        public var zxid: UInt64
        public var sentAt: UInt64

        public init(zxid: UInt64, sentAt: UInt64) {
            self.zxid = zxid
            self.sentAt = sentAt
        }
    }

    public var serverID: Int?
    public var batches: [Batch] = []
    public var groups: [Group] = []
    public var acknowledgements: [Acknowledgement] = []
    public var commits: [Commit] = []
    public var replies: [Reply] = []
    /// Lines that the server had no room for.
    public var lost: UInt64 = 0

    public init(serverID: Int? = nil) { self.serverID = serverID }

    /// Parses an answer. Lines of unknown kinds are skipped, since newer servers may say more.
    ///
    /// - Throws: `TargetError` naming the first line of a known kind that cannot be read; servers that do not know the
    ///   word answer nothing, which is no timeline and no error.
    public init(parsing text: String) throws(TargetError) {
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            do {
                if let known = try Telemetry.BatchLine(parsing: line) { take(known) }
            } catch {
                throw TargetError("zbat: \(error)")
            }
        }
    }

    private mutating func take(_ line: Telemetry.BatchLine) {
        switch line {
        case .server(let id): serverID = id
        case .clock: break
        case .lost(let count): lost = count
        case .batch(let first, let last, let read, let closed, let handed, let bytes):
            batches.append(
                Batch(
                    first: first,
                    last: last,
                    readAt: read,
                    closedAt: closed,
                    handedAt: handed,
                    recordBytes: bytes
                )
            )
        case .group(let last, let taken, let synced, let records):
            groups.append(Group(last: last, takenAt: taken, syncedAt: synced, records: records))
        case .acknowledgement(let peer, let zxid, let heard):
            acknowledgements.append(Acknowledgement(peer: peer, zxid: zxid, heardAt: heard))
        case .commit(let zxid, let known, let applied):
            commits.append(Commit(zxid: zxid, knownAt: known, appliedAt: applied))
        case .reply(let zxid, let sent): replies.append(Reply(zxid: zxid, sentAt: sent))
        }
    }

    /// Puts the next answer of the same server behind this one.
    public mutating func add(_ next: BatchTimeline) {
        serverID = serverID ?? next.serverID
        batches += next.batches
        groups += next.groups
        acknowledgements += next.acknowledgements
        commits += next.commits
        replies += next.replies
        lost += next.lost
    }
}

extension Array {
    /// The first element whose key is not below `value`; nil if all are. The keys must rise.
    func first(notBelow value: UInt64, by key: (Element) -> UInt64) -> Element? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if key(self[middle]) < value { low = middle + 1 } else { high = middle }
        }
        return low < count ? self[low] : nil
    }
}

extension BatchTimeline {
    /// How long batches lay before the log's thread took them, and how long it had them, between two moments: means over
    /// what was synced then, nanoseconds; nil where nothing was.
    public func residence(from: UInt64, to: UInt64) -> (logQueue: Double?, sync: Double?) {
        let synced = groups.filter { $0.syncedAt >= from && $0.syncedAt < to }.sorted { $0.last < $1.last }
        guard !synced.isEmpty else { return (nil, nil) }
        var waits = 0.0
        var waiting = 0
        for batch in batches where batch.handedAt < to {
            guard let group = synced.first(notBelow: batch.last, by: \.last), group.takenAt >= batch.handedAt,
                batch.last >> 32 == group.last >> 32, group.last - batch.last < group.records
            else { continue }
            waits += Double(group.takenAt - batch.handedAt)
            waiting += 1
        }
        let sync = synced.reduce(0.0) { $0 + Double($1.syncedAt &- $1.takenAt) } / Double(synced.count)
        return (waiting > 0 ? waits / Double(waiting) : nil, sync)
    }
}
