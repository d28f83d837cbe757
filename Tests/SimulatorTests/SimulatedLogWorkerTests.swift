import Log
import TestSupport
import Testing
import Wire
import Zab

@testable import Simulator

/// When what a strategy writes is seen, durable and acknowledged, on virtual time.
@Suite struct SimulatedLogWorkerTests {
    private final class Bench {
        let disk = SimulatedDisk()
        let worker: SimulatedLogWorker
        var now: Nanoseconds = 0
        /// Calls to the disk that have begun.
        var turns: [Int] = []
        var alarms: [(turn: Int, time: Nanoseconds)] = []
        var syncs: [Zxid] = []
        private var last = Zxid(epoch: 1, counter: 0)
        private var chain: UInt32 = 0

        init(_ label: String, _ policy: BatchPolicy = .natural, inFlight: Int = 1) throws {
            worker = SimulatedLogWorker(try Self.open(label, policy, inFlight, on: disk))
            worker.clock = { [unowned self] in now }
            worker.beginCall = { [unowned self] in turns.append($0) }
            worker.planAlarm = { [unowned self] in alarms.append(($0, $1)) }
            worker.didSync = { [unowned self] in syncs.append(worker.durable) }
        }

        static func open(
            _ label: String,
            _ policy: BatchPolicy = .natural,
            _ inFlight: Int = 1,
            on disk: SimulatedDisk
        ) throws -> TransactionLog<SimulatedDisk> {
            let strategy = try SyncStrategy(label: label)
            let options = LogOptions(
                segmentSize: 16_384,
                recycledMax: 2,
                strategy: strategy,
                commit: try CommitOptions(policy, inFlight: inFlight, for: strategy)
            )
            try disk.makeDirectory("/log")
            try disk.syncDirectory("/")
            return try TransactionLog.open("/log", on: disk, options: options)
        }

        /// Returns the zxid of its one record.
        func offer() -> Zxid {
            last = last.advanced(by: 1)
            let batch = RecordBatch.make([last], chain: chain) { zxid, writer in
                for _ in 0..<600 { writer.append(UInt8(zxid.counter)) }
            }
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
        #expect(bench.alarms.isEmpty && bench.turns.count == 1)
        #expect(try bench.found(label, after: .kept) == first)
        #expect(try bench.found(label, after: .lost) == .zero)
    }

    @Test func aFlushIsDueAfterItsIntervalAndTakesItsTime() throws {
        let label = "periodic_30ms_append"
        let bench = try Bench(label)
        _ = bench.offer()
        bench.now = 5_000_000
        #expect(bench.worker.advance(1))
        #expect(bench.alarms.map(\.time) == [30_000_000])
        let second = bench.offer()
        #expect(bench.worker.advance(bench.turns[1]))
        #expect(bench.alarms.count == 1 && bench.worker.durable == second)
        bench.now = 30_000_000
        #expect(!bench.worker.advance(bench.alarms[0].turn))
        #expect(bench.turns.count == 3)
        #expect(try bench.found(label, after: .lost) == .zero)
        #expect(!bench.worker.advance(bench.turns[2]))
        #expect(try bench.found(label, after: .lost) == second)
        _ = bench.offer()
        #expect(bench.worker.advance(bench.turns[3]))
        #expect(bench.alarms.map(\.time) == [30_000_000, 60_000_000])
    }

    @Test func aFlushThatFailsEndsTheLog() throws {
        let bench = try Bench("periodic_30ms_append")
        _ = bench.offer()
        #expect(bench.worker.advance(1))
        bench.now = 30_000_000
        #expect(!bench.worker.advance(bench.alarms[0].turn))
        bench.disk.failNext(.sync(code: 5), under: "/log")
        #expect(bench.worker.advance(bench.turns[1]))
        #expect(bench.worker.failure != nil)
    }

    @Test func aDelayEndsByItself() throws {
        let bench = try Bench("fdatasync_append", .delay(microseconds: 500))
        _ = bench.offer()
        bench.now = 400_000
        let second = bench.offer()
        #expect(bench.turns.isEmpty && bench.alarms.map(\.time) == [500_000])
        bench.now = 500_000
        #expect(!bench.worker.advance(bench.alarms[0].turn))
        #expect(bench.worker.advance(bench.turns[0]))
        #expect(bench.syncs == [second])
    }

    // MARK: Several in flight

    /// The second group is on the disk while the first is not even written; acknowledged it is after it.
    @Test(arguments: ["fdatasync_prewritten", "io_uring_fallocate"])
    func lanesEndInAnyOrder(label: String) throws {
        let bench = try Bench(label, inFlight: 2)
        let (first, second) = (bench.offer(), bench.offer())
        #expect(bench.turns == [1, 2])
        #expect(!bench.worker.advance(2))
        if label.hasPrefix("fdatasync") { #expect(!bench.worker.advance(3)) }
        #expect(bench.worker.durable == .zero && bench.syncs.isEmpty)
        #expect(try bench.found(label, after: .lost) == .zero)
        let third = bench.offer()
        let isNews = bench.worker.advance(1)
        if label.hasPrefix("fdatasync") {
            #expect(!isNews && bench.worker.advance(4))
        } else {
            #expect(isNews)
        }
        #expect(bench.syncs == [first, second])
        #expect(bench.worker.durable == second && bench.worker.bytesInFlight > 0)
        #expect(try bench.found(label, after: .lost) == second)
        #expect(third > second)
    }

    /// Each of the writes under way may be whole, torn, or not begun, whichever was offered first.
    @Test(arguments: ["o_dsync_prewritten", "fdatasync_prewritten"])
    func powerFailsInTheMiddleOfAllLanes(label: String) throws {
        var ends: Set<Zxid> = []
        for draw in 0..<6 {
            let bench = try Bench(label, inFlight: 3)
            let zxids = (0..<3).map { _ in bench.offer() }
            bench.worker.powerFails(onto: bench.disk) { min(draw, $0 - 1) }
            #expect(bench.worker.durable == .zero)
            for loss in [.lost, .contentsOnly] as [SimulatedDisk.Loss] {
                ends.insert(try bench.found(label, after: loss))
            }
            #expect(ends.isSubset(of: [.zero] + zxids))
        }
        #expect(ends.contains(.zero) && ends.count > 1)
    }

    @Test(arguments: ["o_dsync_prewritten", "fdatasync_prewritten"])
    func aCutCarriesOutWhatIsInFlight(label: String) throws {
        let bench = try Bench(label, .each, inFlight: 2)
        let zxids = (0..<4).map { _ in bench.offer() }
        #expect(bench.turns == [1, 2])
        try bench.worker.truncate(after: zxids[2])
        #expect(bench.syncs == zxids && bench.worker.durable == zxids[2] && bench.worker.bytesInFlight == 0)
        #expect(try bench.found(label, after: .lost) == zxids[2])
        #expect(!bench.worker.advance(1) && !bench.worker.advance(2) && bench.turns.count == 2)
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
