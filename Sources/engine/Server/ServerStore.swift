import CPlatform
import Foundation
import Glibc
import Host
import Log
import Logging
import NIOCore
import Replica
import Wire
import Zab

/// A server's `DurableStore` on its disk, with the threads that wait for it.
typealias LocalStore = DurableStore<ServerDisk, LogThread<ServerDisk>, SnapshotThread<ServerDisk>>

/// The directory's lock, the threads of the log and of the snapshots, and the way of their news to the loop. What is done
/// with the disk is `store`'s, which is confined to the server's event loop.
final class ServerStore: @unchecked Sendable {
    let store: LocalStore
    /// Let go by `close`, so that the same directory can be opened again in this process.
    private var lock: DirectoryLock?
    private let log: LogThread<ServerDisk>
    private let logEvents = LoopSignal<LogError>()
    private let snapshotThread: SnapshotThread<ServerDisk>
    private let snapshotEvents = SnapshotEvents()

    /// As of the start.
    let times: StoreTimes

    private init(
        _ recovered: RecoveredServer<ServerDisk>,
        policy: SnapshotPolicy,
        lock: DirectoryLock,
        times: StoreTimes
    ) {
        self.lock = lock
        self.times = times
        log = LogThread(recovered.log, capacity: 4096) { [logEvents] event in
            if case .failed(let error) = event { logEvents.raise(error) } else { logEvents.raise(nil) }
        }
        snapshotThread = SnapshotThread(recovered.snapshots) { [snapshotEvents] in snapshotEvents.heard($0) }
        store = DurableStore(recovered, policy: policy, log: log, snapshotWorker: snapshotThread)
    }

    /// Locks the directories and recovers what is in them.
    ///
    /// - Throws: `ConfigurationError` if the directory cannot be used; `LogError` if another server has it;
    ///   `RecoveryError`: corruption with file and offset, or a history that is not whole.
    static func open(
        _ configuration: ServerConfiguration,
        logger: Logger
    ) throws -> (store: ServerStore, recovered: RecoveredServer<ServerDisk>) {
        for directory in Set([configuration.dataDir, configuration.dataLogDir]).sorted() {
            try prepareDirectory(directory)
        }
        let lock = try lockDirectory(configuration.dataDir)
        try checkStrategy(configuration)
        var warnings: [String] = []
        defer { for warning in warnings { logger.warning("\(warning)") } }
        let began = zb_monotonic_nanoseconds()
        var steps: [UInt64] = []
        let recovered = try RecoveredServer.recover(
            dataDir: configuration.dataDir,
            dataLogDir: configuration.dataLogDir,
            on: ServerDisk(configuration),
            options: LogOptions(
                segmentSize: configuration.segmentBytes & ~4095,
                strategy: configuration.strategy,
                commit: configuration.commit
            ),
            warnings: &warnings,
            tell: { _ in steps.append(zb_monotonic_nanoseconds()) }
        )
        let log = recovered.log
        logger.info(
            "recovered: snapshot \(recovered.snapshot.zxid), log \(log.base) to \(log.last), applied \(recovered.history.applied), epoch \(recovered.epochs.current)"
        )
        let policy = SnapshotPolicy(
            snapCount: configuration.snapCount,
            snapshotLogBytes: configuration.snapshotLogBytes
        )
        let start = StoreTimes.Start(
            whole: steps[2] - began,
            snapshot: steps[1] - steps[0],
            log: steps[2] - steps[1],
            transactions: recovered.replayed,
            snapshotIsThere: recovered.snapshot.zxid > .zero
        )
        let times = StoreTimes(start: start, newest: newest(recovered.snapshot.zxid, configuration.dataDir))
        return (ServerStore(recovered, policy: policy, lock: lock, times: times), recovered)
    }

    /// The snapshot and the second in which its file was written; nil if there is none.
    private static func newest(_ zxid: Zxid, _ directory: String) -> (zxid: Zxid, second: Int)? {
        var file = stat()
        guard zxid > .zero, stat(SnapshotStore<ServerDisk>.path(directory, zxid), &file) == 0 else { return nil }
        return (zxid, file.st_mtim.tv_sec)
    }

    /// A strategy that is not offered is found out before anything is written with it.
    private static func checkStrategy(_ configuration: ServerConfiguration) throws {
        let (strategy, directory) = (configuration.strategy, configuration.dataLogDir)
        guard strategy != .recycledFdatasync else { return }
        let reason: String?
        do {
            try PosixDisk().makeDirectory(directory)
            reason = try PosixDisk().objection(to: strategy, in: directory)
        } catch {
            throw ConfigurationError("cannot use dataLogDir \(directory): \(error); choose another")
        }
        if let reason { throw LogError.unavailable(strategy, reason: reason) }
    }

    /// Makes a directory with its parents, and refuses one in which a ZooKeeper has its data: a server that began empty
    /// beside them would have lost all of it.
    private static func prepareDirectory(_ directory: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            // Whoever needs it says why it cannot be had.
            return
        }
        let foreign = directory + "/version-2"
        guard let found = try? FileManager.default.contentsOfDirectory(atPath: foreign), !found.isEmpty else { return }
        throw ConfigurationError(
            "\(directory) contains data of Apache ZooKeeper (\(foreign)), which this server cannot read; use an "
                + "empty directory and copy the znodes with a client"
        )
    }

    private static func lockDirectory(_ directory: String) throws -> DirectoryLock {
        do {
            return try DirectoryLock(directory)
        } catch {
            // Nothing has been written yet, so this is a matter of the configuration.
            guard case .disk(let cause) = error else { throw error }
            throw ConfigurationError("cannot use dataDir \(directory): \(cause); choose another")
        }
    }

    /// Starts the threads; their events arrive on the loop from now on.
    func start(notifying loop: ServerLoop) {
        logEvents.start { [unowned loop] in loop.eventLoop.execute { loop.logAdvanced() } }
        snapshotEvents.start { [unowned loop] event in loop.eventLoop.execute { loop.snapshotThreadSaid(event) } }
        log.start()
        snapshotThread.start()
    }

    /// Ends the threads and lets the directory go. Idempotent; not on the loop, whose threads may be waiting for it.
    func close() {
        defer { lock = nil }
        logEvents.stop()
        snapshotEvents.stop()
        log.stop()
        snapshotThread.stop()
        store.close()
    }

    /// The failure that the log thread reported, if any. Called once for each signal.
    func takeLogFailure() -> LogError? { logEvents.arrived() }

    // MARK: figures

    var statistics: LogStatistics { log.statistics }
    var timings: GroupTimings { log.timings }
    var recordsInFlight: Int { log.recordsInFlight }
    var lateSegmentCount: Int { log.lateSegmentCount }
}
