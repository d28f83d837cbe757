import Client
import NIOCore

/// What a load and its proof ask of etcd. Keys and values are bytes.
public enum EtcdCall: Sendable, Hashable {
    case put(key: [UInt8], value: [UInt8])
    /// Puts it in a transaction that wants the key to be absent; `count` is 0 where it is there.
    case create(key: [UInt8], value: [UInt8])
    case delete(key: [UInt8])
    /// A serializable read is answered by the server at hand from what it has; another one asks the leader first.
    case get(key: [UInt8], isSerializable: Bool)
    /// How many there are, without them.
    case count(key: [UInt8], isSerializable: Bool)
    /// From `key` to before `end`, at most `limit` of them, in their order.
    case range(key: [UInt8], end: [UInt8], limit: Int, isSerializable: Bool)
    /// All in one transaction, of which etcd takes 128 by default; nothing is done where the first one is there already.
    case createAll([EtcdPair])
    /// From `key` to before `end`.
    case deleteAll(key: [UInt8], end: [UInt8])
}

public struct EtcdPair: Sendable, Hashable {
    public var key: [UInt8]
    public var value: [UInt8]

    public init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// A key as a server holds it.
public struct EtcdEntry: Sendable, Hashable {
    public var key: [UInt8]
    public var value: [UInt8]
    /// 1 when it is created; each put raises it by one.
    public var version: Int64
    /// The store's revision that its last put made.
    public var modRevision: Int64

    public init(key: [UInt8], value: [UInt8], version: Int64, modRevision: Int64) {
        self.key = key
        self.value = value
        self.version = version
        self.modRevision = modRevision
    }
}

public struct EtcdAnswer: Sendable, Hashable {
    /// The store's revision: of a write its own, of a read the newest one of the server.
    public var revision: Int64
    /// Raft's term.
    public var term: UInt64
    /// Keys that are there or were deleted; of a `create` 1 if it was carried out.
    public var count: Int
    public var entries: [EtcdEntry]

    public init(revision: Int64, term: UInt64, count: Int = 0, entries: [EtcdEntry] = []) {
        self.revision = revision
        self.term = term
        self.count = count
        self.entries = entries
    }
}

/// Why a call has no answer.
public enum EtcdFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The connection could not be made, or is gone: a write may or may not have been carried out.
    case disconnected(String)
    /// The server refused it, and nothing was done.
    case refused(String)
    /// The server gave up on it; a write may be carried out all the same.
    case unknown(String)

    public var description: String {
        switch self {
        case .disconnected(let text), .refused(let text), .unknown(let text): text
        }
    }
}

/// One connection with one server. Calls may overlap, and are then answered in any order.
public protocol EtcdConnection: AnyObject, Sendable {
    func call(_ call: EtcdCall) async throws(EtcdFailure) -> EtcdAnswer
    /// Ends it and every call on it; returns when nothing of it is left.
    func close() async
}

public protocol EtcdDialer: Sendable {
    /// Begins to connect and returns at once; the first call waits for that.
    ///
    /// - Parameter eventLoop: what the connection runs on. Who calls it from tasks that run there, too, has no hop between
    ///   threads.
    func dial(_ endpoint: Endpoint, on eventLoop: any EventLoop) -> any EtcdConnection
}
