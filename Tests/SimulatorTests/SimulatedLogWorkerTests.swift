import Log
import Testing
import Wire
import Zab

@testable import Simulator

/// When what a strategy writes is seen, durable and acknowledged, on virtual time.
@Suite struct SimulatedLogWorkerTests {
    private final class Bench {
        let disk = SimulatedDisk()
        let worker: SimulatedLogWorker
        var turns: [Int] = []
        var flushes: [Nanoseconds] = []
        private var last = Zxid(epoch: 1, counter: 0)
        private var chain: UInt32 = 0

        init(_ label: String) throws {
            worker = SimulatedLogWorker(
                try Self.open(label, on: disk),
                method: try SyncStrategy(label: label).method
            )
            worker.beginSync = { [unowned self] in turns.append($0) }
            worker.planFlush = { [unowned self] in flushes.append($0) }
        }

        static func open(_ label: String, on disk: SimulatedDisk) throws -> TransactionLog<SimulatedDisk> {
            let options = LogOptions(segmentSize: 16_384, recycledMax: 2, strategy: try SyncStrategy(label: label))
            try disk.makeDirectory("/log")
            try disk.syncDirectory("/")
            return try TransactionLog.open("/log", on: disk, options: options)
        }

        /// Returns the zxid of its one record.
        func offer() -> Zxid {
            last = last.advanced(by: 1)
            var builder = RecordBatchBuilder(chain: chain)
            builder.beginRecord()
            for _ in 0..<600 { builder.writer.append(UInt8(last.counter)) }
            builder.endRecord(zxid: last)
            let batch = builder.finish()
            chain = batch.chainAfter
            #expect(worker.offer(batch, committed: .zero))
            return last
        }

        func found(_ label: String, after loss: SimulatedDisk.Loss) throws -> Zxid {
            try Self.open(label, on: disk.afterCrash(loss)).last
        }
    }

    @Test(arguments: ["o_dsync_append", "rwf_dsync_prewritten", "o_direct_dsync_recycled", "io_uring_append"])
    func aWriteThatSyncsItselfIsThereAtTheEndOfItsTime(label: String) throws {
        let bench = try Bench(label)
        let first = bench.offer()
        #expect(bench.turns == [1])
        #expect(try bench.found(label, after: .contentsOnly) == .zero)
        #expect(try bench.found(label, after: .kept) == .zero)
        #expect(bench.worker.advance(1))
        #expect(bench.worker.durable == first)
        #expect(try bench.found(label, after: .lost) == first)
    }

    /// Without a draw that lets the whole call through, the group is on its way: a disk may keep all of it, or nothing.
    @Test(arguments: ["o_dsync_append", "o_direct_dsync_append", "io_uring_append"])
    func powerFailsInTheMiddleOfSuchAWrite(label: String) throws {
        let bench = try Bench(label)
        let first = bench.offer()
        #expect(bench.worker.advance(1))
        let second = bench.offer()
        bench.worker.powerFails(onto: bench.disk) { _ in 0 }
        #expect(bench.disk.isCrashed)
        #expect(bench.worker.durable == first)
        #expect(try bench.found(label, after: .lost) == first)
        #expect(try bench.found(label, after: .contentsOnly) == second)
        // The first half of a block for O_DIRECT holds all of this record, the second its padding.
        #expect(try bench.found(label, after: .torn) == (label == "o_direct_dsync_append" ? second : first))
    }

    @Test(arguments: ["fdatasync_append", "fsync_prewritten"])
    func aWriteThroughThePageCacheIsSeenAtOnceAndSyncedAtTheEnd(label: String) throws {
        let bench = try Bench(label)
        let first = bench.offer()
        #expect(try bench.found(label, after: .kept) == first)
        #expect(try bench.found(label, after: .lost) == .zero)
        bench.worker.powerFails(onto: bench.disk) { _ in 0 }
        #expect(!bench.disk.isCrashed)
        #expect(bench.worker.advance(1))
        #expect(try bench.found(label, after: .lost) == first)
    }

    @Test(arguments: ["none_append", "none_recycled", "sync_file_range_prewritten"])
    func whatIsNotSyncedIsAcknowledgedAndNotThere(label: String) throws {
        let bench = try Bench(label)
        let first = bench.offer()
        #expect(bench.worker.advance(1))
        #expect(bench.worker.durable == first)
        #expect(bench.flushes.isEmpty)
        #expect(try bench.found(label, after: .kept) == first)
        #expect(try bench.found(label, after: .lost) == .zero)
    }

    @Test func aFlushIsPlannedByTheFirstUnsyncedWriteAndCoversAll() throws {
        let label = "periodic_30ms_append"
        let bench = try Bench(label)
        _ = bench.offer()
        #expect(bench.flushes == [30_000_000])
        #expect(bench.worker.advance(1))
        let second = bench.offer()
        #expect(bench.worker.advance(2))
        #expect(bench.flushes.count == 1 && bench.worker.durable == second)
        #expect(try bench.found(label, after: .lost) == .zero)
        bench.worker.flush()
        #expect(try bench.found(label, after: .lost) == second)
        _ = bench.offer()
        #expect(bench.flushes.count == 2)
    }

    @Test func aFlushThatFailsEndsTheLog() throws {
        let bench = try Bench("periodic_30ms_append")
        _ = bench.offer()
        #expect(bench.worker.advance(1))
        bench.disk.failNext(.sync(code: 5), under: "/log")
        bench.worker.flush()
        #expect(bench.worker.failure != nil)
    }

    /// A cut waits for what was taken before, and carries it out.
    @Test(arguments: ["o_dsync_append", "fdatasync_append", "none_append"])
    func aCutComesAfterWhatWasOffered(label: String) throws {
        let bench = try Bench(label)
        let first = bench.offer()
        _ = bench.offer()
        try bench.worker.truncate(after: first)
        #expect(bench.worker.durable == first && bench.worker.bytesInFlight == 0)
        #expect(try bench.found(label, after: .kept) == first)
        #expect(!bench.worker.advance(1))
    }
}
