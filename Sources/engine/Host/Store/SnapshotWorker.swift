import Log

/// Who writes a server's own snapshots: one at a time, `begin`, any number of chunks, then `finish` or `abandon`.
/// `SnapshotThread` does it on a thread of its own, the simulator's worker in virtual time.
///
/// All methods are for one thread, the `DurableStore`'s. What becomes of a snapshot (`SnapshotEvent`) is told to the
/// shell, after the method has returned, never from inside it.
public protocol SnapshotWorker: AnyObject {
    /// Each returns false, and does nothing, if there is no room: try again after `SnapshotEvent.room`.
    func begin(_ position: LogPosition) -> Bool
    func offer(_ chunk: SnapshotChunk) -> Bool
    func finish() -> Bool
    /// Asked again at once until it returns true: the room for it must come without anything else happening on this
    /// thread.
    func abandon() -> Bool
}

extension SnapshotThread: SnapshotWorker {}
