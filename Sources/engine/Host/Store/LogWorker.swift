import Log
import Wire
import Zab

/// Who does the log's waiting. `LogThread` sleeps in the sync on a thread of its own; the simulator's worker has a queue
/// and lets virtual time pass. Both drive the same `TransactionLog`.
///
/// All methods are for one thread, the `DurableStore`'s. How the news of a sync or a failure arrives is the shell's.
public protocol LogWorker<D>: AnyObject {
    associatedtype D: Disk

    /// The last record that is synced.
    var durable: Zxid { get }
    /// The zxid that the log starts after.
    var base: Zxid { get }
    /// Bytes of records offered and not yet synced.
    var bytesInFlight: Int { get }
    /// Bytes of records synced since this worker was made.
    var recordBytes: Int { get }
    /// Number of them.
    var records: Int { get }

    /// Appends the batch behind everything offered before. False, and nothing happens, if there is no room or the log has
    /// failed: offer it again after the next news.
    ///
    /// - Parameter committed: the newest zxid known to be committed.
    func offer(_ batch: RecordBatch, committed: Zxid) -> Bool

    /// Called after `offer` has refused, by a caller that cannot go on without: returns when it is worth another try.
    /// Without a thread of its own a worker makes everything offered durable here.
    ///
    /// - Throws: why the log has failed, since it will not have room ever again.
    func waitForRoom() throws(LogError)

    /// Makes everything offered before durable, then removes every record after `zxid`; both are done when it returns.
    func truncate(after zxid: Zxid) throws(LogError)

    /// Drops the whole log, which goes on after `position`; done when it returns. What was offered before and is not
    /// synced may be lost with the rest.
    func reset(to position: LogPosition) throws(LogError)

    /// Gives up segments that hold nothing after `zxid`. Returns the zxid that the log starts after now.
    func trim(keepingAfter zxid: Zxid) throws(LogError) -> Zxid

    /// A reader for the same thread.
    func makeReader() -> LogReader<D>
}

extension LogThread: LogWorker {
    public var recordBytes: Int { statistics.recordBytes }
    public var records: Int { statistics.records }
}
