import Host
import Log

/// Writes snapshots on the caller's thread; refuses while it is told to have no room.
public final class SteppedSnapshots<D: Disk>: SnapshotWorker {
    private let store: SnapshotStore<D>
    private var writer: SnapshotFileWriter<D>?
    public private(set) var finished: [LogPosition] = []
    public private(set) var refusals = 0
    /// Every so many chunks one is refused once; 0 for none.
    public var refusesEvery = 0
    private var offers = 0
    /// Asked before a snapshot begins, whether it may.
    public var mayBegin: (LogPosition) -> Bool = { _ in true }

    init(_ store: SnapshotStore<D>) { self.store = store }

    /// Reads a snapshot that was finished.
    public func open(_ position: LogPosition) throws(LogError) -> SnapshotFileReader<D> {
        try store.open(position.zxid)
    }

    public func begin(_ position: LogPosition) -> Bool {
        guard mayBegin(position) else { return false }
        writer = try! store.begin(position)
        return true
    }

    public func offer(_ chunk: SnapshotChunk) -> Bool {
        offers += 1
        if refusesEvery > 0, offers % refusesEvery == 0 {
            refusals += 1
            return false
        }
        try! writer!.append(chunk.bytes)
        return true
    }

    public func finish() -> Bool {
        try! writer!.finish()
        finished.append(writer!.position)
        writer = nil
        return true
    }

    public func abandon() -> Bool {
        writer?.abandon()
        writer = nil
        return true
    }
}
