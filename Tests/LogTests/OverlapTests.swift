import Glibc
import Simulator
import Testing
import Wire
import Zab

@testable import Log

/// Several groups on their way to the disk at a time, ending in any order.
@Suite struct OverlapTests {
    static let strategies = ["fdatasync_recycled", "fsync_prewritten", "o_direct_dsync_recycled", "io_uring_fallocate"]
        .map { try! SyncStrategy(label: $0) }
    static let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

    /// A log that is driven by hand, and what it has acknowledged.
    private final class Driver {
        let disk = SimulatedDisk()
        let strategy: SyncStrategy
        var history = History()

        init(_ strategy: SyncStrategy) { self.strategy = strategy }

        func options() throws -> LogOptions {
            LogOptions(
                segmentSize: 8192,
                recycledMax: 2,
                strategy: strategy,
                commit: try CommitOptions(.natural, inFlight: 3, for: strategy)
            )
        }

        /// Rounds of three groups, each carried out in that order and settled in the log's; over some segments.
        func run(_ order: [Int], rounds: Int = 4) throws {
            let log = try TransactionLog.open("/data", on: disk, options: options())
            for _ in 0..<rounds {
                var underway: [(lane: Int, group: TransactionLog<SimulatedDisk>.PlannedGroup, end: Int)] = []
                for lane in 0..<3 {
                    let first = history.position.zxid.counter
                    let zxids = (1...2).map { Zxid(epoch: 1, counter: first + $0) }
                    let batch = RecordBatch.make(zxids, chain: history.position.chain, payloadSize: 300)
                    var begun = try log.begin([batch][...], committed: .zero, lane: lane, isAlone: underway.isEmpty)
                    if begun == nil {
                        // A new segment: nothing may be under way.
                        for some in underway { try log.carryOut(lane: some.lane) }
                        for some in underway { settle(some.group, some.end, log) }
                        underway = []
                        begun = try log.begin([batch][...], committed: .zero, lane: lane, isAlone: true)
                    }
                    let (group, taken) = try #require(begun)
                    #expect(taken == 1)
                    history.append(batch)
                    underway.append((lane, group, history.items.count))
                }
                for place in order where place < underway.count { try log.carryOut(lane: underway[place].lane) }
                for some in underway { settle(some.group, some.end, log) }
            }
        }

        private func settle(
            _ group: TransactionLog<SimulatedDisk>.PlannedGroup,
            _ end: Int,
            _ log: TransactionLog<SimulatedDisk>
        ) {
            log.settle(group)
            #expect(log.durable == group.last)
            history.durableCount = end
        }
    }

    @Test(arguments: strategies, orders) func aCrashLeavesAPrefix(strategy: SyncStrategy, order: [Int]) throws {
        let whole = Driver(strategy)
        try whole.run(order)
        #expect(whole.history.durableCount == 24)
        for mutation in stride(from: 1 + order[0], through: whole.disk.mutationCount, by: 2) {
            let driver = Driver(strategy)
            driver.disk.crash(after: mutation)
            do { try driver.run(order) } catch {}
            let seed = UInt64(mutation)
            for loss in [.lost, .kept, .scattered(seed: seed), .reordered(seed: seed)] as [SimulatedDisk.Loss] {
                LogScript<SimulatedDisk>.check(
                    driver.disk.afterCrash(loss),
                    [driver.history],
                    "\(strategy.label), \(order): crash after operation \(mutation), \(loss)",
                    strategy: strategy
                )
            }
        }
    }

    /// What is durable beyond one that is not, is not acknowledged, and is cut when that one is missing.
    @Test func aGroupThatEndsFirstWaitsForThoseBefore() throws {
        let driver = Driver(.recycledFdatasync)
        let log = try TransactionLog.open("/data", on: driver.disk, options: driver.options())
        var chain: UInt32 = 0
        for lane in 0..<2 {
            let batch = RecordBatch.make([Zxid(epoch: 1, counter: UInt32(lane + 1))], chain: chain)
            chain = batch.chainAfter
            _ = try #require(try log.begin([batch][...], committed: .zero, lane: lane, isAlone: lane == 0))
        }
        try log.carryOut(lane: 1)
        #expect(log.durable == .zero && log.last == Zxid(epoch: 1, counter: 2))
        let found = try TransactionLog.open("/data", on: driver.disk.afterCrash(.lost), options: driver.options())
        #expect(found.last == .zero)
    }

    /// Of a sync beside the writes too: what it covers is what had been written when it began.
    @Test func aFlushCoversWhatWasWrittenBefore() throws {
        let disk = SimulatedDisk()
        let options = LogOptions(
            segmentSize: 8192,
            strategy: try SyncStrategy(label: "periodic_5ms_recycled")
        )
        let log = try TransactionLog.open("/data", on: disk, options: options)
        #expect(log.beginFlush() == nil)
        let first = RecordBatch.make([Zxid(epoch: 1, counter: 1)], chain: 0)
        let second = RecordBatch.make([Zxid(epoch: 1, counter: 2)], chain: first.chainAfter)
        try log.append([first], committed: .zero)
        try log.sync()
        #expect(log.durable == first.last && log.durableGroup == 0, "acknowledged, and not called durable")
        let flush = try #require(log.beginFlush())
        try disk.syncData(flush.file)
        try log.append([second], committed: .zero)
        try log.sync()
        log.settle(flush)
        #expect(log.durableGroup == 1 && log.isDirty)
        #expect(try TransactionLog.open("/data", on: disk.afterCrash(.lost), options: options).last == first.last)
    }
}
