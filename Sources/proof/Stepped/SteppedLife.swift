import Host
import Log
import Replica
import Zab

/// One life of a server on a disk: what was recovered, and a store of it with workers that wait for nobody.
public struct SteppedLife<D: Disk> {
    public typealias Store = DurableStore<D, SteppedLog<D>, SteppedSnapshots<D>>

    public let recovered: RecoveredServer<D>
    public let warnings: [String]
    public let log: SteppedLog<D>
    public let snapshots: SteppedSnapshots<D>
    public let store: Store

    /// When it begins, and what clients see of that.
    public static var start: Nanoseconds { 1_000_000_000 }
    public static var wallClockMilliseconds: Int64 { 1_700_000_000_000 }

    /// - Parameter logCapacity: batches that wait for a sync.
    public init(
        in directory: String,
        on disk: D,
        options: LogOptions,
        policy: SnapshotPolicy = SnapshotPolicy(),
        logCapacity: Int = 1000,
        logBytesInFlightMax: Int = 64 << 20
    ) throws(RecoveryError) {
        var warnings: [String] = []
        recovered = try RecoveredServer.recover(
            dataDir: directory,
            dataLogDir: directory,
            on: disk,
            options: options,
            warnings: &warnings
        )
        self.warnings = warnings
        log = SteppedLog(recovered.log, capacity: logCapacity)
        snapshots = SteppedSnapshots(recovered.snapshots)
        store = DurableStore(
            recovered,
            policy: policy,
            log: log,
            snapshotWorker: snapshots,
            logBytesInFlightMax: logBytesInFlightMax
        )
    }

    /// Once.
    public func makeMember(_ configuration: Configuration, limits: MemberLimits = MemberLimits()) -> Member {
        Member(
            configuration: configuration,
            limits: limits,
            durable: recovered.durable,
            state: recovered.state,
            history: recovered.history,
            now: Self.start,
            wallClockMilliseconds: Self.wallClockMilliseconds
        )
    }
}
