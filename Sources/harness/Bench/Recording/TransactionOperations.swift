import Wire
import Workload

/// One operation that a transaction tells of.
struct LoggedOperation: Equatable {
    /// Wall-clock milliseconds since 1970 at the leader.
    var milliseconds: Int64
    var kind: RecordedKind
    var path: String
    /// Of the data; nil for what has none.
    var bytes: Int?
}

/// Turns the transactions of a log (TxnHeader and record) into the operations that clients asked for.
///
/// The parts of a multi become operations of their own. The end of a session becomes a delete of each of its ephemeral
/// znodes, which nobody asks for and the servers do all the same. What changes no data is counted and left out: sessions,
/// ACLs, failures, and ZooKeeper's own znodes below `/zookeeper`.
struct TransactionOperations {
    private(set) var transactions = 0
    /// By what they were.
    private(set) var leftOut: [String: Int] = [:]
    /// Ephemeral znodes by session, each with its number among all, and whose each is.
    private var ephemerals: [Int64: [String: Int]] = [:]
    private var owners: [String: Int64] = [:]

    /// - Parameters:
    ///   - payload: of one transaction; what follows its record (ZooKeeper's digest) is not looked at.
    ///   - each: called with each of its operations, in their order.
    mutating func add(_ payload: UnsafeRawBufferPointer, _ each: (LoggedOperation) -> Void) throws(WireError) {
        var reader = ByteReader(payload)
        let header = try TransactionHeader(from: &reader)
        transactions += 1
        var found: [LoggedOperation] = []
        try read(type: header.type, header, &reader, into: &found)
        for operation in found {
            if operation.path == "/zookeeper" || operation.path.hasPrefix("/zookeeper/") {
                leave("changes below /zookeeper")
            } else {
                each(operation)
            }
        }
    }

    private mutating func leave(_ what: String) { leftOut[what, default: 0] += 1 }

    private mutating func read(
        type: Int32,
        _ header: TransactionHeader,
        _ reader: inout ByteReader,
        into found: inout [LoggedOperation]
    ) throws(WireError) {
        func operation(_ kind: RecordedKind, _ path: String, _ bytes: Int? = nil) -> LoggedOperation {
            LoggedOperation(milliseconds: header.time, kind: kind, path: path, bytes: bytes)
        }
        switch OpCode(rawValue: type) {
        case .create, .create2, .createContainer, .createTTL:
            let path = try reader.string()
            let bytes = try reader.buffer()?.count ?? 0
            found.append(operation(.create, path, bytes))
            guard type == OpCode.create.rawValue || type == OpCode.create2.rawValue else { return }
            try Self.skipACL(&reader)
            if try reader.bool() {
                ephemerals[header.sessionID, default: [:]][path] = transactions
                owners[path] = header.sessionID
            }
        case .delete, .deleteContainer:
            let path = try reader.string()
            found.append(operation(.delete, path))
            // Anybody may delete an ephemeral znode.
            if let owner = owners.removeValue(forKey: path) { ephemerals[owner]?[path] = nil }
        case .setData, .reconfig:
            let path = try reader.string()
            found.append(operation(.set, path, try reader.buffer()?.count ?? 0))
        case .multi:
            guard let count = try reader.vectorCount(minimumSize: 8) else { return }
            for _ in 0..<count {
                let type = try reader.int32()
                var part = ByteReader(try reader.nonNullBuffer())
                try read(type: type, header, &part, into: &found)
            }
        case .closeSession:
            let known = ephemerals.removeValue(forKey: header.sessionID) ?? [:]
            let ends = Self.paths(&reader) ?? known.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
            for path in known.keys { owners[path] = nil }
            found += ends.map { operation(.delete, $0) }
            leave("sessions begun or ended")
        case .createSession: leave("sessions begun or ended")
        case .setACL: leave("changes of an ACL")
        case .check: leave("checks of a version")
        case nil where type == TransactionHeader.errorType: leave("failures")
        default: leave("transactions of type \(type)")
        }
    }

    private static func skipACL(_ reader: inout ByteReader) throws(WireError) {
        guard let count = try reader.vectorCount(minimumSize: 12) else { return }
        for _ in 0..<count {
            _ = try reader.int32()
            _ = try reader.buffer()
            _ = try reader.buffer()
        }
    }

    /// What a closeSession lists; nil where it has no list, as before ZooKeeper 3.6 and where that is turned off.
    private static func paths(_ reader: inout ByteReader) -> [String]? {
        guard reader.remaining >= 4, let count = try? reader.vectorCount(minimumSize: 4) else { return nil }
        var paths: [String] = []
        for _ in 0..<count {
            guard let path = try? reader.string(), path.hasPrefix("/") else { return nil }
            paths.append(path)
        }
        return paths
    }
}
