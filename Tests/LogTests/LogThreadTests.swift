import Glibc
import Log
import Simulator
import Synchronization
import TestSupport
import Testing
import Wire
import Zab

@Suite struct LogThreadTests {
    /// Collects a log thread's events, and lets the test wait for them.
    private final class Events: Sendable {
        private let state = Mutex<[LogEvent]>([])
        private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init() { sem_init(semaphore, 0, 0) }
        deinit { semaphore.deallocate() }

        func note(_ event: LogEvent) {
            state.withLock { $0.append(event) }
            sem_post(semaphore)
        }

        func waitForOne() { sem_wait(semaphore) }
        var all: [LogEvent] { state.withLock { $0 } }
        var durable: [Zxid] {
            all.compactMap { if case .durable(let zxid) = $0 { zxid } else { nil } }
        }
    }

    private let folder = TemporaryFolder()
    private let options = LogOptions(segmentSize: 64 << 10, recycledMax: 2)

    private func batches(_ count: Int, after position: LogPosition, epoch: Epoch = 1) -> [RecordBatch] {
        var chain = position.chain
        var counter = position.zxid.epoch == epoch ? position.zxid.counter : 0
        return (0..<count).map { index in
            let zxids = (0..<UInt32(1 + index % 5)).map { Zxid(epoch: epoch, counter: counter + 1 + $0) }
            counter += UInt32(zxids.count)
            let batch = RecordBatch.make(zxids, chain: chain, payloadSize: 100)
            chain = batch.chainAfter
            return batch
        }
    }

    @Test func whatItSaysIsDurableIsThere() throws {
        let events = Events()
        let thread = LogThread(
            try TransactionLog.open(folder.path, on: PosixDisk(), options: options),
            capacity: 16
        ) { events.note($0) }
        thread.start()
        let batches = batches(600, after: .zero)
        for batch in batches {
            while !thread.offer(batch, committed: .zero) { events.waitForOne() }
        }
        thread.stop()
        let last = batches.last!.last
        #expect(events.durable.last == last && thread.durable == last)
        #expect(events.durable == events.durable.sorted() && Set(events.durable).count == events.durable.count)
        #expect(thread.bytesInFlight == 0)
        let statistics = thread.statistics
        #expect(statistics.groupCommits == events.durable.count && statistics.batches == 600)
        #expect(statistics.records == Int(last.counter) && statistics.recordsPerSyncMax >= 5)
        #expect(statistics.bytesWritten > statistics.recordBytes && statistics.totalSyncNanoseconds > 0)
        let sizes = statistics.groupCommitsBySize
        #expect(sizes.last?.count == statistics.groupCommits && sizes.map(\.count) == sizes.map(\.count).sorted())
        let log = try TransactionLog.open(folder.path, on: PosixDisk(), options: options)
        #expect(try log.items() == batches.flatMap(\.items))
        #expect(log.recovered.removals.isEmpty)
    }

    /// Every method and allocation with natural batching, and every policy with two methods.
    static let variants: [LogOptions] =
        SyncStrategy.all(periodicMilliseconds: 1).map { variant($0, .natural) }
        + ["each", "delay_200us", "count_7", "bytes_2000", "adaptive", "overlapped"].flatMap { label in
            ["fdatasync_recycled", "o_dsync_fallocate"].map {
                variant(try! SyncStrategy(label: $0), try! BatchPolicy(label: label))
            }
        }
        + [3, 16].map { variant(.recycledFdatasync, .count(3), inFlight: $0) }

    private static func variant(_ strategy: SyncStrategy, _ policy: BatchPolicy, inFlight: Int? = nil) -> LogOptions {
        LogOptions(
            segmentSize: 64 << 10,
            recycledMax: 2,
            strategy: strategy,
            commit: try! CommitOptions(policy, inFlight: inFlight, for: strategy)
        )
    }

    @Test(arguments: variants) func everyVariantMakesDurableWhatItSays(options: LogOptions) throws {
        if let reason = try PosixDisk().objection(to: options.strategy, in: folder.path) {
            print("\(options.strategy.label) is not offered here: \(reason)")
            return
        }
        let events = Events()
        let thread = LogThread(
            try TransactionLog.open(folder.path, on: PosixDisk(), options: options),
            capacity: 16
        ) { events.note($0) }
        thread.start()
        var batches = batches(250, after: .zero)
        for batch in batches[..<200] {
            while !thread.offer(batch, committed: .zero) { events.waitForOne() }
        }
        let mark = batches[180]
        try thread.truncate(after: mark.last)
        #expect(thread.durable == mark.last && thread.bytesInFlight == 0)
        batches.removeLast(batches.count - 181)
        batches += self.batches(50, after: LogPosition(zxid: mark.last, chain: mark.chainAfter), epoch: 2)
        for batch in batches[181...] {
            while !thread.offer(batch, committed: .zero) { events.waitForOne() }
        }
        thread.stop()
        #expect(events.durable.last == batches.last!.last && thread.bytesInFlight == 0)
        switch options.commit.batching {
        case .each: #expect(thread.statistics.recordsPerSyncMax == 1)
        case .count(let count): #expect(thread.statistics.recordsPerSyncMax <= count)
        case .natural, .delay, .bytes, .adaptive, .overlapped: break
        }
        let log = try TransactionLog.open(folder.path, on: PosixDisk(), options: options)
        #expect(try log.items() == batches.flatMap(\.items))
        #expect(log.recovered.removals.isEmpty)
    }

    /// A batch that no segment holds, between others that are under way at the same time.
    @Test(arguments: [1, 4]) func aBatchLargerThanASegmentTakesItsTurn(inFlight: Int) throws {
        let options = Self.variant(.recycledFdatasync, .natural, inFlight: inFlight)
        let events = Events()
        let thread = LogThread(try TransactionLog.open(folder.path, on: PosixDisk(), options: options)) {
            events.note($0)
        }
        thread.start()
        var batches = batches(5, after: .zero)
        for size in [1000, 30_000, 100_000, 1000] {
            let before = batches.last!
            let zxids = (1...4).map { Zxid(epoch: 1, counter: before.last.counter + $0) }
            batches.append(.make(zxids, chain: before.chainAfter, payloadSize: size))
        }
        for batch in batches { #expect(thread.offer(batch, committed: .zero)) }
        thread.stop()
        #expect(events.durable.last == batches.last!.last)
        let log = try TransactionLog.open(folder.path, on: PosixDisk(), options: options)
        #expect(try log.items() == batches.flatMap(\.items))
    }

    @Test func itCutsTrimsAndStartsAnewInTurn() throws {
        let events = Events()
        let thread = LogThread(try TransactionLog.open(folder.path, on: PosixDisk(), options: options)) {
            events.note($0)
        }
        thread.start()
        let first = batches(400, after: .zero)
        for batch in first { #expect(thread.offer(batch, committed: .zero)) }
        let mark = first[299]
        try thread.truncate(after: mark.last)
        #expect(thread.durable == mark.last)
        #expect(throws: LogError.notInLog(first[310].last, base: .zero, last: mark.last)) {
            try thread.truncate(after: first[310].last)
        }
        let second = batches(50, after: LogPosition(zxid: mark.last, chain: mark.chainAfter), epoch: 2)
        for batch in second { #expect(thread.offer(batch, committed: mark.last)) }
        let base = try thread.trim(keepingAfter: first[200].last)
        #expect(base > .zero && base <= first[200].last && thread.base == base)
        let reader = thread.makeReader()
        let read = try reader.read(after: mark.last, through: mark.last.next(2), maxBytes: 1 << 20)
        #expect(read == nil || read?.first == second[0].first)
        thread.stop()
        var log = try TransactionLog.open(folder.path, on: PosixDisk(), options: options)
        let expected = (first[...299] + second).flatMap(\.items)
        #expect(log.base == base)
        #expect(try log.items() == expected.filter { $0.zxid > base })

        let again = LogThread(log) { events.note($0) }
        again.start()
        let position = LogPosition(zxid: Zxid(epoch: 7, counter: 100), chain: 77)
        try again.reset(to: position)
        let third = batches(3, after: position, epoch: 7)
        for batch in third { #expect(again.offer(batch, committed: .zero)) }
        again.stop()
        log = try TransactionLog.open(folder.path, on: PosixDisk(), options: options)
        #expect(log.base == position.zxid)
        #expect(try log.items() == third.flatMap(\.items))
    }

    @Test(arguments: [
        variant(.recycledFdatasync, .natural), variant(.recycledFdatasync, .natural, inFlight: 3),
        variant(try! SyncStrategy(label: "o_direct_dsync_recycled"), .each),
        variant(try! SyncStrategy(label: "periodic_1ms_recycled"), .natural),
    ]) func afterAFailureItDoesNothingMore(options: LogOptions) throws {
        let disk = SimulatedDisk()
        let events = Events()
        let log = try TransactionLog.open("/log", on: disk, options: options)
        try log.append(batches(1, after: .zero), committed: .zero)
        try log.flush()
        let thread = LogThread(log) { events.note($0) }
        thread.start()
        // The preparing thread's calls are spent on the next segment, which is not needed here; whatever comes fails.
        for call in 1...10_000 { disk.fail(call: call, with: EIO) }
        let more = batches(3, after: LogPosition(zxid: log.last, chain: log.chain), epoch: 2)
        #expect(thread.offer(more[0], committed: .zero))
        events.waitForOne()
        guard case .failed(.disk(let error)) = events.all.last else {
            Issue.record("\(events.all)")
            return
        }
        #expect(error.code == EIO)
        #expect(!thread.offer(more[1], committed: .zero))
        #expect(throws: LogError.disk(error)) { try thread.truncate(after: .zero) }
        thread.stop()
        #expect(events.all.count == 1 && thread.durable == Zxid(epoch: 1, counter: 1))
        #expect(thread.bytesInFlight == more[0].bytes.count)
    }

    /// A follower that lags is served from the disk by the loop's thread while the log thread appends.
    @Test func readsWhileItAppends() throws {
        let events = Events()
        let thread = LogThread(try TransactionLog.open(folder.path, on: PosixDisk(), options: options)) {
            events.note($0)
        }
        thread.start()
        let reader = thread.makeReader()
        let batches = batches(500, after: .zero)
        var read: [Item] = []
        var last = Zxid.zero
        for (index, batch) in batches.enumerated() {
            while !thread.offer(batch, committed: .zero) { events.waitForOne() }
            if index % 50 == 49 {
                events.waitForOne()
                while let some = try reader.read(after: last, through: thread.durable, maxBytes: 4096) {
                    read += some.items
                    last = some.last
                }
            }
        }
        thread.stop()
        while let some = try reader.read(after: last, through: thread.durable, maxBytes: 4096) {
            read += some.items
            last = some.last
        }
        #expect(read == batches.flatMap(\.items))
    }
}

extension Zxid {
    fileprivate func next(_ epoch: Epoch) -> Zxid { Zxid(epoch: epoch, counter: 1) }
}
