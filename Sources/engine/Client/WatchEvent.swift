import Wire

/// What a watch, or the session itself, reports.
public struct WatchEvent: Hashable, Sendable {
    /// `Watcher.Event.EventType`; numbers as on the wire.
    public enum Kind: Int32, Sendable {
        /// Nothing about a znode: the session's state changed.
        case session = -1
        case created = 1
        case deleted = 2
        case dataChanged = 3
        case childrenChanged = 4
    }

    /// `Watcher.Event.KeeperState`; numbers as on the wire.
    public enum State: Int32, Sendable {
        case disconnected = 0
        case connected = 3
        case authFailed = 4
        case connectedReadOnly = 5
        case closed = 7
        case expired = -112
    }

    public var kind: Kind
    public var state: State
    /// Empty if the event is about the session.
    public var path: String

    public init(kind: Kind, state: State, path: String) {
        self.kind = kind
        self.state = state
        self.path = path
    }

    /// Decodes the body of a frame with the xid -1; nil if it is of a kind that ZooKeeper 3.8 does not send.
    package init?(from reader: inout ByteReader) throws(WireError) {
        let kind = try reader.int32()
        let state = try reader.int32()
        let path = try reader.string()
        guard let kind = Kind(rawValue: kind), let state = State(rawValue: state) else { return nil }
        self.init(kind: kind, state: state, path: path)
    }
}
