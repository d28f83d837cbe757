import Zab

/// Why the log, the epoch files or a snapshot cannot go on. The first two are fatal to the server: a disk that failed
/// once is not asked again, and what is corrupt is repaired from the peers, never guessed.
public enum LogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kernel refused an operation: an operating condition.
    case disk(DiskError)
    /// What was durable is not what it was.
    case corrupt(Corruption)
    /// The log does not hold this zxid (trimmed, cut, or never there): serve a snapshot instead.
    case notInLog(Zxid, base: Zxid, last: Zxid)
    /// The kernel or the file system does not offer what the strategy needs.
    case unavailable(SyncStrategy, reason: String)
    /// Another server has this directory open.
    case locked(path: String)
    /// The log thread has been stopped.
    case stopped

    public var description: String {
        switch self {
        case .disk(let error) where error.isOutOfSpace:
            "the disk is full (\(error)): free some space, then restart this server"
        case .disk(let error) where error.isOutOfDescriptors:
            "out of file descriptors (\(error)): raise the limit (ulimit -n; fs.file-max for the whole system), then "
                + "restart this server"
        case .disk(let error):
            "the disk failed (\(error)): this server stops because the state of its last writes is unknown; "
                + "check the device, then restart it"
        case .corrupt(let corruption): corruption.description
        case .notInLog(let zxid, let base, let last):
            "zxid \(zxid) is not in the log, which starts after \(base) and ends with \(last)"
        case .unavailable(let strategy, let reason):
            "sync strategy \(strategy.label) is not available here: \(reason); choose another, such as "
                + SyncStrategy.recycledFdatasync.label
        case .locked(let path): "\(path) is locked by another server; stop that server or choose another dataDir"
        case .stopped: "the log thread has been stopped"
        }
    }
}

/// The evidence that stored bytes are damaged.
public struct Corruption: Hashable, Sendable, CustomStringConvertible {
    public var path: String
    /// Where in the file, in bytes.
    public var offset: Int
    public var expected: String
    public var found: String

    public init(path: String, offset: Int, expected: String, found: String) {
        self.path = path
        self.offset = offset
        self.expected = expected
        self.found = found
    }

    public var description: String {
        "\(path) is corrupt at byte \(offset): expected \(expected), found \(found). This server must not vote with it: "
            + "move its dataDir and dataLogDir away and start it empty, to have it restored from its peers"
    }
}
