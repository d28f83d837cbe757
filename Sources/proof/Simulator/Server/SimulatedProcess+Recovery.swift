import Host
import Log
import Randomness
import Replica
import Wire
import Zab
import Znodes

/// Starting a process on what its disk holds.
extension SimulatedProcess {
    private static func recover(
        _ disk: SimulatedDisk,
        in world: Simulation,
        warnings: inout [String]
    ) throws(RecoveryError) -> RecoveredServer<SimulatedDisk> {
        try RecoveredServer.recover(
            dataDir: world.dataDirectory,
            dataLogDir: world.logDirectory,
            on: disk,
            options: LogOptions(
                segmentSize: world.setup.segmentSize,
                recycledMax: 2,
                strategy: world.setup.strategy,
                commit: world.setup.commit
            ),
            historyBytesMax: world.setup.limits.recentHistoryBytesMax,
            warnings: &warnings
        )
    }

    /// Recovers the server's disk, tells the checker what is on it, and makes a process of it.
    static func recover(on server: SimulatedServer, in world: Simulation) throws -> SimulatedProcess {
        var warnings: [String] = []
        defer { for warning in warnings { world.trace.say("server \(server.id): \(warning)") } }
        let found = try recover(server.disk, in: world, warnings: &warnings)
        let applied = LogPosition(zxid: found.history.applied, chain: found.history.appliedChain)
        world.zab.recovered(
            server.index,
            snapshot: found.snapshot,
            log: try positions(in: found.log, after: found.snapshot.zxid),
            applied: applied,
            digest: found.state.comparedDigest,
            isOnPlatter: world.logIsOnPlatter(server.index, through: found.log.last)
        )
        world.tookEpoch(server.index, found.durable.currentEpoch)
        world.trace.say(
            "server \(server.id): starts, snapshot \(found.snapshot.zxid), log \(found.log.base) to \(found.log.last), "
                + "applied \(applied.zxid), epochs \(found.durable.acceptedEpoch) and \(found.durable.currentEpoch)"
        )
        let log = SimulatedLogWorker(found.log, probe: world.probe)
        let snapshots = SimulatedSnapshotWorker(found.snapshots)
        let policy = SnapshotPolicy(
            snapCount: world.setup.snapCount,
            snapshotLogBytes: world.setup.snapshotLogBytes,
            sliceBytes: 512
        )
        let store = Host.Store(
            found,
            policy: policy,
            log: log,
            snapshotWorker: snapshots,
            logBytesInFlightMax: world.setup.logBytesInFlightMax
        )
        let member = Member(
            configuration: configuration(of: server, in: world),
            limits: world.setup.limits,
            durable: found.durable,
            state: found.state,
            history: found.history,
            now: server.clock(world.now),
            wallClockMilliseconds: server.wallClock(world.now)
        )
        let process = SimulatedProcess(
            world: world,
            server: server,
            life: server.life + 1,
            member: member,
            store: store,
            log: log,
            snapshots: snapshots
        )
        server.began(process)
        return process
    }

    private static func configuration(of server: SimulatedServer, in world: Simulation) -> Configuration {
        let ids = world.servers.map(\.id)
        var configuration = Configuration(
            myself: server.id,
            voters: Array(ids[..<world.setup.voters]),
            observers: Array(ids[world.setup.voters...]),
            groups: world.setup.voterGroups,
            tick: world.setup.tick,
            initLimit: world.setup.initLimit,
            syncLimit: world.setup.syncLimit
        )
        configuration.lastCounters = world.setup.lastCounters
        // Each process has another, which is the same in every run of the seed.
        var random = SplitMix64(
            seed: world.setup.seed ^ UInt64(server.life) << 32,
            stream: Setup.Stream.identities + UInt64(server.index)
        )
        configuration.candidateIdentity = random.next() | 1
        return configuration
    }

    private static func positions(
        in log: TransactionLog<SimulatedDisk>,
        after base: Zxid
    ) throws(LogError) -> [LogPosition] {
        var positions: [LogPosition] = []
        try log.forEachBatch(after: base) { batch in
            var offset = 0
            while offset < batch.bytes.count {
                let header = RecordHeader(at: UnsafeRawBufferPointer(rebasing: batch.bytes[offset...]))!
                positions.append(LogPosition(zxid: header.zxid, chain: header.checksum))
                offset += header.recordCount
            }
        }
        return positions
    }

    /// The end of the log that a server would have that starts on this disk, which is used up by that; nil if it would
    /// refuse to start.
    static func recoveredEnd(of disk: SimulatedDisk, in world: Simulation) -> Zxid? {
        var warnings: [String] = []
        return try? recover(disk, in: world, warnings: &warnings).log.last
    }
}
