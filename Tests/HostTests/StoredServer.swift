import Host
import Log
import Replica
import Stepped
import TestSupport
import Wire
import Zab
import Znodes

extension TemporaryFolder {
    func flipByte(of name: String, at offset: Int) throws {
        var bytes = try read(name)
        bytes[offset] ^= 0x40
        try write(bytes, name)
    }
}

/// One life of a server on a folder, and a member made of it.
struct StoredServer: ~Copyable {
    let warnings: [String]
    let snapshot: LogPosition
    let durable: DurableState
    var member: Member
    let log: SteppedLog<PosixDisk>
    let snapshots: SteppedSnapshots<PosixDisk>
    let store: SteppedLife<PosixDisk>.Store
    private var chain: UInt32
    private var last: Zxid

    static let options = LogOptions(segmentSize: 8192, recycledMax: 2)

    init(
        _ folder: TemporaryFolder,
        policy: SnapshotPolicy = SnapshotPolicy(sliceBytes: 512),
        logCapacity: Int = 1000
    ) throws {
        let life = try SteppedLife(
            in: folder.path,
            on: PosixDisk(),
            options: Self.options,
            policy: policy,
            logCapacity: logCapacity
        )
        warnings = life.warnings
        snapshot = life.recovered.snapshot
        durable = life.recovered.durable
        (log, snapshots, store) = (life.log, life.snapshots, life.store)
        chain = life.recovered.history.chain
        last = life.recovered.history.last
        member = life.makeMember(.quick(ServerID(1), of: [ServerID(1)]))
    }

    /// Records that open one session each.
    static func batch(_ count: Int, epoch: Epoch = 1, after last: Zxid, chain: UInt32, salt: Int64 = 0) -> RecordBatch {
        let start = last.epoch == epoch ? last.counter : 0
        let zxids = (0..<UInt32(count)).map { Zxid(epoch: epoch, counter: start + 1 + $0) }
        return RecordBatch.make(zxids, chain: chain) { zxid, writer in
            TransactionHeader(
                sessionID: Int64(zxid.rawValue) + salt,
                cxid: 0,
                zxid: zxid,
                time: 1,
                type: OpCode.createSession.rawValue
            ).encode(into: writer)
            writer.append(Int32(30_000))
        }
    }

    func zxid(_ counter: UInt32) -> Zxid { Zxid(epoch: 1, counter: counter) }

    /// Appends a batch; it is not synced.
    @discardableResult
    mutating func append(_ count: Int, committed: Zxid? = nil) -> RecordBatch {
        let batch = Self.batch(count, after: last, chain: chain)
        last = batch.last
        chain = batch.chainAfter
        store.append(batch, committed: committed ?? batch.last)
        return batch
    }

    mutating func beginSnapshot() -> Bool {
        let (zxid, chain) = member.beginSnapshot()
        return store.beginSnapshot(LogPosition(zxid: zxid, chain: chain))
    }

    mutating func advanceSnapshot() -> Bool {
        store.advanceSnapshot { writer, bytesMax in member.nextSnapshotChunk(into: writer, maxBytes: bytesMax) }
    }

    /// Takes a snapshot of what is applied. Returns the log's new base.
    mutating func takeSnapshot(neededByLinks: Zxid? = nil) throws -> Zxid? {
        let before = snapshots.finished.count
        _ = beginSnapshot()
        for _ in 0..<10_000 where snapshots.finished.count == before { _ = advanceSnapshot() }
        return try store.snapshotIsDurable(snapshots.finished.last!.zxid, neededByLinks: neededByLinks)
    }
}
