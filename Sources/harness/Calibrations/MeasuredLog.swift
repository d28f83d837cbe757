import Log
import Wire
import Zab

/// A real log, group by group: so that the floor is that of the log that serves, and not of another program's file.
///
/// Used by one thread at a time.
final class MeasuredLog: @unchecked Sendable {
    private let log: TransactionLog<PosixDisk>
    private var next: Zxid
    private var chain: UInt32
    private var batches: [RecordBatch] = []

    /// The largest group is written once, and with it everything is there that the strategy wants to be prepared.
    ///
    /// - Parameter directory: is made; or one that `giveBack` has left.
    init(_ directory: String, _ strategy: SyncStrategy, segmentSize: Int, warmUp bytes: Int) throws(LogError) {
        let options = LogOptions(segmentSize: segmentSize, strategy: strategy)
        log = try .open(directory, on: PosixDisk(), options: options)
        next = Zxid(epoch: 1, counter: 1)
        chain = log.chain
        prepare(1, of: bytes)
        try commit(0)
        try log.flush()
    }

    /// Makes as many groups of `bytes` bytes ready to be written: that they are encoded is not part of the floor.
    func prepare(_ count: Int, of bytes: Int) {
        batches.removeAll(keepingCapacity: true)
        let payload = GroupSize.recordBytes(filling: bytes) - RecordLayout.headerSize
        let writer = ByteWriter(capacity: bytes)
        for _ in 0..<count {
            var builder = RecordBatchBuilder(chain: chain, writer: writer)
            builder.beginRecord()
            // Not zeros, which some storage does not keep.
            writer.reserve(payload).initializeMemory(
                as: UInt8.self,
                repeating: UInt8(next.rawValue & 0xff),
                count: payload
            )
            builder.endRecord(zxid: next)
            next = next.advanced(by: 1)
            chain = builder.chain
            batches.append(builder.finish())
        }
    }

    /// Writes the group and makes it durable, as the strategy does.
    func commit(_ index: Int) throws(LogError) {
        try log.append([batches[index]], committed: log.durable)
        try log.sync()
    }

    /// Groups that were made ready and not written leave a gap that the next would not fit behind.
    func forgetUnwritten() {
        batches.removeAll(keepingCapacity: true)
        next = log.last.advanced(by: 1)
        chain = log.chain
    }

    var bytesWritten: Int { log.bytesWritten }

    /// Empties the log, so that its segments will be used again by the next one in this directory.
    func giveBack() throws(LogError) {
        // What a lossy strategy left dirty is not to be written during the turn of the next.
        try log.flush()
        try log.reset(to: .zero)
    }
}
