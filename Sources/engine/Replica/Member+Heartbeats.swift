import Wire
import Zab
import Znodes

/// Signs of life pass whatever is full.
extension Member {
    /// Whether a frame, without its length, is a client's ping.
    public static func isHeartbeat(_ frame: UnsafeRawBufferPointer) -> Bool {
        guard frame.count == 8 else { return false }
        let word = UInt64(bigEndian: frame.loadUnaligned(as: UInt64.self))
        return word == UInt64(UInt32(bitPattern: ReservedXid.ping)) << 32 | UInt64(OpCode.ping.rawValue)
    }

    /// Answers a ping that has overtaken frames of its connection for which there is no room.
    /// ZooKeeper answers pings out of order, too. A client that leaves its replies unread has to wait, and so has one in the
    /// middle of a large reply, whose parts show it that we are there.
    ///
    /// - Returns: false if it cannot be answered now: then it waits like the others.
    public mutating func answerHeartbeat(of id: ConnectionID, into effects: MemberEffects) -> Bool {
        guard connections[Int(id)].state == .open, !connections[Int(id)].isListing, repliesHaveRoom(id) else {
            return false
        }
        connections[Int(id)].touched = true
        _ = read(
            id,
            op: .ping,
            xid: ReservedXid.ping,
            body: UnsafeRawBufferPointer(start: nil, count: 0),
            into: effects
        )
        answeredAtOnce(id, .ping, xid: ReservedXid.ping)
        return true
    }

    mutating func heard(_ id: ConnectionID) {
        connections[Int(id)].touched = true
    }

    /// The client may have said that it is there, and we have not read it. Not so if it reads nothing itself: its session
    /// ends like that of any other that is not heard, or a client that hangs would keep its locks for ever.
    mutating func heldBack(_ id: ConnectionID) {
        if repliesHaveRoom(id) { heard(id) }
    }

    /// A connection ends whose client was heard since the leader was last told: its session has its whole timeout from then
    /// on all the same (simulator, mixed 1087: an addAuth that fails is a client's last word on a connection).
    mutating func hearLastOf(_ id: ConnectionID) {
        let state = connections[Int(id)].state
        guard connections[Int(id)].touched, state == .open || state == .closing else { return }
        let session = connections[Int(id)].sessionID
        if peer.leads() {
            _ = tracker.touch(session, from: configuration.myself, now: now)
        } else if departed.count < Self.departedMax {
            departed.append(session)
        }
    }

    /// Beyond that a session has the time since its last report, as if its client had not been heard.
    private static var departedMax: Int { 16_384 }

    /// Whether a saturated member takes a connection's next frame all the same: what others wait for must not keep
    /// clients from being heard, from coming back, and from reading.
    mutating func passesSaturation(_ id: ConnectionID, _ frame: UnsafeRawBufferPointer) -> Bool {
        guard connections[Int(id)].state != .new else { return true }
        guard frame.count >= 8 else { return false }
        let word = frame.loadUnaligned(fromByteOffset: 4, as: Int32.self)
        switch OpCode(rawValue: Int32(bigEndian: word)) {
        case .ping: return true
        case .exists, .getData, .getACL, .getChildren, .getChildren2, .setWatches:
            return connections[Int(id)].pendingCount == 0
        default: return false
        }
    }

    /// Whether what waits of a connection should be offered again, even if the member is saturated.
    public mutating func mayTake(_ id: ConnectionID) -> Bool {
        accepts(id) || (hasRoom(id) && connections[Int(id)].pendingCount == 0)
    }
}
