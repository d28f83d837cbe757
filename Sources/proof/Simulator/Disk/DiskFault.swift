/// A failure that is planned for the next operation of its kind. `code` is the `errno`.
public enum DiskFault: Hashable, Sendable {
    /// Reading a file or listing a directory.
    case read(code: Int32)
    /// What there is of the first `byteCount` bytes in whole sectors is written, then the error comes.
    case write(code: Int32, afterByteCount: Int)
    /// Nothing of what the sync covers reaches the platter, and no later sync puts it there.
    case sync(code: Int32)
    /// The same, but each page reaches the platter or not by the toss of a coin.
    case partialSync(code: Int32, seed: UInt64)
    /// The changes of names stay as they were: seen, and not on the platter.
    case directorySync(code: Int32)
    /// Making, renaming or removing a name; nothing has happened then.
    case nameChange(code: Int32)

    /// The kinds of operations that a fault can strike.
    enum Target {
        case read, write, sync, directorySync, nameChange, other
    }

    var target: Target {
        switch self {
        case .read: .read
        case .write: .write
        case .sync, .partialSync: .sync
        case .directorySync: .directorySync
        case .nameChange: .nameChange
        }
    }

    var code: Int32 {
        switch self {
        case .read(let code), .write(let code, _), .sync(let code), .partialSync(let code, _),
            .directorySync(let code), .nameChange(let code):
            code
        }
    }
}

/// How much room there is.
public enum DiskSpace: Hashable, Sendable {
    case ample
    /// Files cannot grow and names cannot be made; what has its blocks can be written over.
    case noneLeft
    /// Nothing can be written at all, as where a quota or a copy-on-write file system refuses.
    case refusing
}
