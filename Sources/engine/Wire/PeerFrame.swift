import Zab

/// One frame of the quorum link: `length: UInt32 | kind: UInt8 | body`, big-endian; the length counts kind and body.
///
/// The small messages are Zab's; the others carry bytes, which stay where they were received and are valid as long as
/// the frame is. Anything malformed costs the link, never the server.
public enum PeerFrame {
    case zab(Message)
    /// Records, consecutive, exactly as in the log; `committed` rides along.
    case proposals(committed: Zxid, records: UnsafeRawBufferPointer)
    /// Client requests from a learner, each `length: UInt32 | session: Int64 | xid: Int32 | op: Int32 | body`. One of the
    /// operation `auth`, with the xid 0, is no request: it says who the session's client is, by the ids in its body, a vector
    /// of Id. That holds for the session's requests until the next such entry, or until the session moves; without one
    /// they are of nobody in particular.
    case requests(UnsafeRawBufferPointer)
    /// What became of a forwarded request that made no transaction: tell the client when `after` is committed.
    /// `body` is what follows the reply's header (the results of a failed multi).
    case outcome(sessionID: Int64, cxid: Int32, code: Int32, after: Zxid, body: UnsafeRawBufferPointer)
    /// Sessions (Int64 each) whose clients a learner has heard since the last such frame.
    case touched(UnsafeRawBufferPointer)
    /// A client came back with this session, for which it wants a timeout of so many milliseconds; may it stay? `question`
    /// tells the answer to this from those to earlier ones.
    case revalidate(sessionID: Int64, timeout: Int32, question: UInt32)
    /// The answer: the session's timeout in milliseconds, 0 if it is gone. `fence` is the newest zxid that the leader had
    /// made by then: transactions of the session up to there were asked for on an earlier connection.
    case revalidated(sessionID: Int64, timeout: Int32, fence: Zxid, question: UInt32)
    /// A snapshot's bytes follow in `snapshotChunk`s. `chain` is the checksum of the record at `zxid`.
    case snapshotBegin(zxid: Zxid, chain: UInt32)
    case snapshotChunk(UnsafeRawBufferPointer)
    case snapshotEnd
}

/// Limits of peer links.
public enum PeerLink {
    /// The largest frame: one record of the largest size, or a run of smaller ones, and its header.
    public static let frameMax = RecordLayout.payloadMax + RecordLayout.headerSize + 64
    /// Runs of records and of requests are cut at about this size.
    public static let chunkMax = 256 * 1024
    public static let quorumMagic: UInt32 = 0x5A41_4251  // "ZABQ"
    public static let electionMagic: UInt32 = 0x5A41_4245  // "ZABE"
    public static let version: UInt16 = 4
}

extension PeerFrame {
    private enum Kind: UInt8 {
        case learnerInfo = 1
        case ackEpoch, ack, ackNewLeader, pong, leaderInfo, diff, trunc, snap, newLeader, upToDate, commit, ping
        case proposals = 32
        case requests, outcome, touched, revalidate, revalidated, snapshotBegin, snapshotChunk, snapshotEnd
    }

    /// Whether a frame, length included, may pass what waits on its link: a leader's ping, which a learner understands
    /// at any time; and what a learner says of the protocol, in its order, which nothing that it forwards depends on.
    public static func passes(_ frame: UnsafeRawBufferPointer) -> Bool {
        guard frame.count > 4, !PlantedBug.heartbeatWaitsBehindRecords.isPlanted else { return false }
        return frame[4] <= Kind.pong.rawValue || frame[4] == Kind.ping.rawValue
    }

    /// Appends the frame, length included.
    public func encode(into writer: ByteWriter) {
        let start = writer.count
        writer.append(UInt32(0))
        switch self {
        case .zab(let message): Self.encode(message, into: writer)
        case .proposals(let committed, let records):
            writer.append(Kind.proposals.rawValue)
            writer.append(committed.rawValue)
            writer.append(bytes: records)
        case .requests(let bytes):
            writer.append(Kind.requests.rawValue)
            writer.append(bytes: bytes)
        case .outcome(let session, let cxid, let code, let after, let body):
            writer.append(Kind.outcome.rawValue)
            writer.append(session)
            writer.append(cxid)
            writer.append(code)
            writer.append(after.rawValue)
            writer.append(bytes: body)
        case .touched(let bytes):
            writer.append(Kind.touched.rawValue)
            writer.append(bytes: bytes)
        case .revalidate(let session, let timeout, let question):
            writer.append(Kind.revalidate.rawValue)
            writer.append(session)
            writer.append(timeout)
            writer.append(question)
        case .revalidated(let session, let timeout, let fence, let question):
            writer.append(Kind.revalidated.rawValue)
            writer.append(session)
            writer.append(timeout)
            writer.append(fence.rawValue)
            writer.append(question)
        case .snapshotBegin(let zxid, let chain):
            writer.append(Kind.snapshotBegin.rawValue)
            writer.append(zxid.rawValue)
            writer.append(chain)
        case .snapshotChunk(let bytes):
            writer.append(Kind.snapshotChunk.rawValue)
            writer.append(bytes: bytes)
        case .snapshotEnd: writer.append(Kind.snapshotEnd.rawValue)
        }
        writer.set(Int32(writer.count - start - 4), at: start)
    }

    /// The header of a `proposals` frame for `count` bytes of records, which the caller sends right behind it.
    public static func encodeProposalsHeader(committed: Zxid, recordBytes count: Int, into writer: ByteWriter) {
        writer.append(UInt32(count + 9))
        writer.append(Kind.proposals.rawValue)
        writer.append(committed.rawValue)
    }

    private static func encode(_ message: Message, into writer: ByteWriter) {
        switch message {
        case .learnerInfo(let accepted, let observer, let identity):
            writer.append(Kind.learnerInfo.rawValue)
            writer.append(accepted)
            writer.append(observer)
            writer.append(identity)
        case .ackEpoch(let current, let history):
            writer.append(Kind.ackEpoch.rawValue)
            writer.append(current)
            writer.append(history.base.rawValue)
            writer.append(UInt32(history.epochEnds.count))
            for end in history.epochEnds { writer.append(end.rawValue) }
        case .ack(let zxid):
            writer.append(Kind.ack.rawValue)
            writer.append(zxid.rawValue)
        case .ackNewLeader(let epoch):
            writer.append(Kind.ackNewLeader.rawValue)
            writer.append(epoch)
        case .pong: writer.append(Kind.pong.rawValue)
        case .leaderInfo(let epoch, let identity):
            writer.append(Kind.leaderInfo.rawValue)
            writer.append(epoch)
            writer.append(identity)
        case .diff: writer.append(Kind.diff.rawValue)
        case .trunc(let zxid):
            writer.append(Kind.trunc.rawValue)
            writer.append(zxid.rawValue)
        case .snap(let zxid):
            writer.append(Kind.snap.rawValue)
            writer.append(zxid.rawValue)
        case .newLeader(let epoch, let end):
            writer.append(Kind.newLeader.rawValue)
            writer.append(epoch)
            writer.append(end.rawValue)
        case .upToDate(let zxid):
            writer.append(Kind.upToDate.rawValue)
            writer.append(zxid.rawValue)
        case .commit(let zxid):
            writer.append(Kind.commit.rawValue)
            writer.append(zxid.rawValue)
        case .ping(let zxid):
            writer.append(Kind.ping.rawValue)
            writer.append(zxid.rawValue)
        }
    }

    /// Reads one frame without its length.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(bytes)
        let raw = try reader.uint8()
        guard let kind = Kind(rawValue: raw) else { throw WireError("frame of unknown kind \(raw)") }
        switch kind {
        case .proposals:
            let committed = Zxid(rawValue: try reader.uint64())
            self = .proposals(committed: committed, records: reader.rest)
            return
        case .requests: self = .requests(reader.rest); return
        case .touched:
            guard reader.remaining % 8 == 0 else { throw WireError("sessions cut short") }
            self = .touched(reader.rest); return
        case .snapshotChunk: self = .snapshotChunk(reader.rest); return
        case .outcome:
            self = .outcome(
                sessionID: try reader.int64(),
                cxid: try reader.int32(),
                code: try reader.int32(),
                after: Zxid(rawValue: try reader.uint64()),
                body: reader.rest
            )
            return
        case .revalidate:
            self = .revalidate(
                sessionID: try reader.int64(),
                timeout: try reader.int32(),
                question: try reader.uint32()
            )
        case .revalidated:
            self = .revalidated(
                sessionID: try reader.int64(),
                timeout: try reader.int32(),
                fence: Zxid(rawValue: try reader.uint64()),
                question: try reader.uint32()
            )
        case .snapshotBegin:
            self = .snapshotBegin(zxid: Zxid(rawValue: try reader.uint64()), chain: try reader.uint32())
        case .snapshotEnd: self = .snapshotEnd
        default: self = .zab(try Self.decodeMessage(kind, &reader))
        }
        guard reader.remaining == 0 else { throw WireError("\(reader.remaining) bytes too many in a frame") }
    }

    private static func decodeMessage(_ kind: Kind, _ reader: inout ByteReader) throws(WireError) -> Message {
        switch kind {
        case .learnerInfo:
            return .learnerInfo(
                acceptedEpoch: try reader.uint32(),
                observer: try reader.bool(),
                identity: try reader.uint64()
            )
        case .ackEpoch:
            let current = try reader.uint32()
            var history = HistorySummary(base: Zxid(rawValue: try reader.uint64()))
            let count = try reader.vectorCount(minimumSize: 8) ?? 0
            var previous = history.base
            for _ in 0..<count {
                let end = Zxid(rawValue: try reader.uint64())
                guard end > previous else { throw WireError("epoch ends out of order") }
                previous = end
                history.epochEnds.append(end)
            }
            return .ackEpoch(currentEpoch: current, history: history)
        case .ack: return .ack(Zxid(rawValue: try reader.uint64()))
        case .ackNewLeader: return .ackNewLeader(try reader.uint32())
        case .pong: return .pong
        case .leaderInfo: return .leaderInfo(newEpoch: try reader.uint32(), identity: try reader.uint64())
        case .diff: return .diff
        case .trunc: return .trunc(to: Zxid(rawValue: try reader.uint64()))
        case .snap: return .snap(Zxid(rawValue: try reader.uint64()))
        case .newLeader: return .newLeader(try reader.uint32(), historyEnd: Zxid(rawValue: try reader.uint64()))
        case .upToDate: return .upToDate(committed: Zxid(rawValue: try reader.uint64()))
        case .commit: return .commit(Zxid(rawValue: try reader.uint64()))
        case .ping: return .ping(committed: Zxid(rawValue: try reader.uint64()))
        default: throw WireError("not a message of Zab")
        }
    }
}

extension Notification {
    /// The body of a frame on the election link: state, round, vote.
    public func encode(into writer: ByteWriter) {
        writer.append(state.rawValue)
        writer.append(round)
        writer.append(vote.peerEpoch)
        writer.append(vote.zxid.rawValue)
        writer.append(vote.leader.rawValue)
    }

    public static let encodedSize = 29

    public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(bytes)
        let raw = try reader.uint8()
        guard let state = PeerState(rawValue: raw) else { throw WireError("peer state \(raw)") }
        let round = try reader.uint64()
        let epoch = try reader.uint32()
        let zxid = Zxid(rawValue: try reader.uint64())
        let leader = ServerID(rawValue: try reader.int64())
        guard reader.remaining == 0 else { throw WireError("\(reader.remaining) bytes too many in a notification") }
        self.init(state: state, round: round, vote: Vote(peerEpoch: epoch, zxid: zxid, leader: leader))
    }
}
