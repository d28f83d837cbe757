import Foundation
import Glibc
import Log
import Measure
import Server
import Workload
import Zab

/// The room on disks that the servers of one run need at a time: their segments (`SegmentSupply`: one in use, one
/// prepared ahead, and those that a snapshot has not made superfluous yet; dropped ones are used again or removed) and
/// their snapshots (two, and the one that is being written). A run's data are removed before the next run begins.
///
/// For comparison, the most that lay there on three servers: 820 MB after 7 s of 100,000 writes/s of 128 B, 403 MB after
/// 7 s of 500 or of 10,000 writes/s, 2.8 GB after 9 s of 6,800 writes/s of 10,000 B.
struct DiskNeed {
    /// Writes a second of which no ensemble on one machine does more; 100,000 are what was measured.
    static let rateMax = 200_000.0
    /// No operation of a session takes less in a closed loop; a serial write takes 600 µs with a fast disk.
    private static let fastestSeconds = 1e-4
    /// A record beyond its data: zxid, checksum, path, Stat; 104 bytes of a write of 128 B were measured.
    private static let recordBytes = 110
    private static let groupHeaderBytes = 64
    /// A znode in a snapshot, beyond its data.
    private static let znodeBytes = 130
    /// ZooKeeper makes a file of its log this much longer at a time, and removes none during a run.
    private static let zookeeperSegment = 64 << 20
    /// Writes a second of which no ZooKeeper on one machine does more; 15,000 are what was measured.
    private static let zookeeperRateMax = 50_000.0

    /// Of etcd's write-ahead log, and of a revision in its backend, beyond its value: 300 bytes are what was seen.
    private static let etcdLogs = 6 * 64_000_000
    private static let revisionBytes = 300

    /// What servers are told nothing else of.
    static let usual = ServerConfiguration(myself: ServerID(1), dataDir: "data", clientPort: 2181)

    /// Of one server; bytes like the others.
    private(set) var logs: Int
    private(set) var snapshots: Int
    /// What of them is needed in any case.
    private(set) var leastLogs: Int

    init(_ run: PlannedRun) {
        let segment = Self.usual.segmentBytes
        let load = run.load
        let seconds = load.warmUpSeconds + RunTimes.measuredSeconds(load)
        let writers = load.mix.set + load.mix.create + load.mix.delete
        let share = Double(writers) / Double(max(1, load.mix.total))
        let window = load.clients * load.outstanding
        let isKnown = Self.isRateKnown(run)
        guard run.ensemble.system != .yardstick else {
            let records = YardstickShape(load).logBytes
            (logs, leastLogs, snapshots) = (records, records, 0)
            return
        }
        let isEtcd = run.ensemble.system == .etcd
        let isZooKeeper = run.ensemble.system != .zabbench && !isEtcd
        let rate = min(
            isZooKeeper || isEtcd ? Self.zookeeperRateMax : Self.rateMax,
            (isKnown ? load.mode.ratePerSecond : nil) ?? Self.rateMax,
            Double(window) / Self.fastestSeconds
        )
        // A transaction is as many writes to the log, and no ensemble does more of these for it.
        let multi = Double(load.multi)
        // Of the shards each has its part of the keys, and so of the writes.
        let shards = Double(run.ensemble.shards)
        let writes = min(rate * multi, isZooKeeper ? Self.zookeeperRateMax : Self.rateMax) * seconds * share / shards

        // Data: the keys, what faults want to be there, and what is created.
        let created = writes * Double(load.mix.create) / Double(max(1, writers))
        var data = (Double(load.keys) / shards + created) * Double(load.payloadBytes + Self.znodeBytes)
        if let state = run.faults?.state { data += Double(state.znodes) * Double(state.dataBytes + Self.znodeBytes) }
        guard !isEtcd else {
            // Each revision lies in the backend, whose file grows; of the log five files of 64 MB stay.
            let known = isKnown ? writes * Double(load.payloadBytes) : 0
            logs = Self.etcdLogs
            leastLogs = Self.etcdLogs
            snapshots = Self.bytes(max(data + writes * Double(load.payloadBytes + Self.revisionBytes), known))
            return
        }
        guard !isZooKeeper else {
            let known = isKnown ? writes * Double(load.payloadBytes) : 0
            logs = Self.bytes(writes * Double(load.payloadBytes + Self.recordBytes)) + Self.zookeeperSegment
            leastLogs = Self.bytes(known) + Self.zookeeperSegment
            snapshots = Self.bytes(data * (2 + writes / Double(run.ensemble.snapCount)))
            return
        }
        // With faults nobody knows how long the load goes on: as much as is ever kept.
        let written = run.faults == nil ? writes * Self.bytesPerWrite(run) : .infinity

        // A snapshot is due after so much log, and the log from the older of two on is kept while the next is written.
        let interval = max(Double(Self.usual.snapshotLogBytes), 2 * data)
        let kept = min(written, 3 * interval + Double(segment))
        let known = isKnown ? min(writes * Double(load.payloadBytes), interval) : 0
        if run.ensemble.log.strategy.allocation == .append {
            (logs, leastLogs) = (Self.bytes(kept), Self.bytes(known))
        } else {
            func segments(_ bytes: Double) -> Int { max(1, Self.bytes((bytes / Double(segment)).rounded(.up))) + 1 }
            (logs, leastLogs) = (segments(kept) * segment, segments(known) * segment)
        }
        snapshots = Self.bytes(written > interval ? 3 * data : data)
    }

    /// Whether the workload says how much is written: not in a closed loop, and not where faults hold up the load.
    static func isRateKnown(_ run: PlannedRun) -> Bool {
        run.load.mode.ratePerSecond != nil && run.rateShare == nil && run.faults == nil
    }

    /// A write's part of its group, with the header and what fills up the last block. As much as an eighth of what the
    /// sessions may have under way comes together in a group: in the middle of the load half of it and more does.
    private static func bytesPerWrite(_ run: PlannedRun) -> Double {
        let isDirect = run.ensemble.log.strategy.method == .directDsync
        let block = Double(isDirect ? 4096 : 512)
        let records = Double(max(1, run.load.clients * run.load.outstanding / 8))
        let group = Double(groupHeaderBytes) + records * Double(run.load.payloadBytes + recordBytes)
        return (group / block).rounded(.up) * block / records
    }

    /// More than any disk has is as good as any other number.
    private static func bytes(_ value: Double) -> Int { value < 1e17 ? Int(value) : Int(1e17) }

    // MARK: Disks

    /// What all runs need on each file system; nothing with servers that are not ours. Where the data are kept, all of them
    /// lie there in the end.
    static func places(_ runs: [PlannedRun], options: BenchSession.Options) -> [RunPlan.Place] {
        let roots = [options.dataRoot] + options.logRoots
        let folders = roots.map { StorageDevice.nearestFolder(to: $0) }
        var needed = [Int](repeating: 0, count: roots.count)
        var least = needed
        var disks: [dev_t?: Int] = [:]
        // The first root on each file system stands for all on it.
        let place = folders.enumerated().map { index, folder in
            let disk = Self.disk(of: folder) ?? dev_t(truncatingIfNeeded: UInt64.max - UInt64(index))
            disks[disk] = disks[disk] ?? index
            return disks[disk] ?? index
        }
        for run in runs where run.ensemble.placement != .external {
            let need = DiskNeed(run)
            var most = [Int](repeating: 0, count: roots.count)
            var surely = most
            // The same seats of all shards have their logs on one disk.
            for server in (0..<run.ensemble.shards).flatMap({ _ in 0..<run.ensemble.serverCount }) {
                let isElsewhere = run.ensemble.log.directories == .separate && !options.logRoots.isEmpty
                let log = place[isElsewhere ? 1 + server % options.logRoots.count : 0]
                most[log] += need.logs
                surely[log] += need.leastLogs
                most[place[0]] += need.snapshots
            }
            for index in roots.indices {
                needed[index] = options.keepsData ? needed[index] + most[index] : max(needed[index], most[index])
                least[index] = options.keepsData ? least[index] + surely[index] : max(least[index], surely[index])
            }
        }
        return roots.indices.filter { needed[$0] > 0 }.map { index in
            RunPlan.Place(
                path: URL(fileURLWithPath: roots[index]).standardizedFileURL.path,
                needed: needed[index],
                least: least[index],
                free: StorageDevice.freeBytes(path: folders[index])
            )
        }
    }

    private static func disk(of folder: String) -> dev_t? {
        var facts = stat()
        return stat(folder, &facts) == 0 ? facts.st_dev : nil
    }
}
