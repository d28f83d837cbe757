import Wire
import Zab
import Znodes

/// Requests that change nothing and read nothing of the tree, and the ones that no server knows. What each is answered
/// was seen of ZooKeeper 3.8.0.
extension Member {
    /// SyncResponse: the path, which may be null and need not be one. Nil for bytes that are no SyncRequest.
    static func answerOfSync(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
        var reader = ByteReader(body)
        guard let path = try? reader.buffer() else { return isNullString(body) ? Array(body.prefix(4)) : nil }
        return Array(body.prefix(4 + path.count))
    }

    private static func isNullString(_ body: UnsafeRawBufferPointer) -> Bool {
        var reader = ByteReader(body)
        return (try? reader.int32()) == -1
    }

    /// Whether the body is a ReconfigRequest: joining, leaving and new members as strings, and the number of the
    /// configuration that is to be changed.
    static func isReconfig(_ body: UnsafeRawBufferPointer) -> Bool {
        var reader = ByteReader(body)
        do {
            for _ in 0..<3 { _ = try reader.buffer() }
            _ = try reader.int64()
            return true
        } catch {
            return false
        }
    }

    /// GetSASLRequest to a server without SASL: no word on it, but a null token. A client without one is cut off.
    mutating func answerSASL(
        _ id: ConnectionID,
        xid: Int32,
        body: UnsafeRawBufferPointer,
        size: Int,
        into effects: MemberEffects
    ) throws(WireError) {
        var reader = ByteReader(body)
        _ = try reader.nonNullBuffer()
        let token = ByteWriter(capacity: 4)
        token.appendNull()
        settleAtOnce(id, xid: xid, op: .sasl, code: .ok, size: size, body: Array(token.bytes), into: effects)
    }

    /// The zxid in the header of an answer that does not come from the tree's state.
    func headerZxid(_ op: OpCode) -> Zxid {
        switch op {
        case .notification: Zxid(rawValue: .max)
        case .sasl, .auth: .zero
        default: state.lastApplied
        }
    }
}
