import Testing
import Wire
import Zab

@testable import Log

/// What a log's thread does, step by step, at made-up times and without a log.
@Suite struct LogSchedulerTests {
    /// Drives a scheduler, and writes down what it wants.
    private struct Bench {
        var scheduler: LogScheduler
        private var counter: UInt32 = 0
        private var chain: UInt32 = 0

        init(
            _ policy: String = "natural",
            inFlight: Int = 1,
            strategy: String = "fdatasync_recycled",
            capacity: Int = 16
        ) throws {
            let strategy = try SyncStrategy(label: strategy)
            let commit = try CommitOptions(try BatchPolicy(label: policy), inFlight: inFlight, for: strategy)
            scheduler = LogScheduler(LogOptions(strategy: strategy, commit: commit), capacity: capacity)
        }

        /// Batches of one record each.
        mutating func offer(_ count: Int = 1, at now: UInt64 = 0) {
            for _ in 0..<count {
                counter += 1
                let batch = RecordBatch.make([Zxid(epoch: 1, counter: counter)], chain: chain, payloadSize: 100)
                chain = batch.chainAfter
                scheduler.add(batch, committed: Zxid(epoch: 1, counter: counter - 1), at: now)
            }
        }

        /// The next step, in words; groups by the counters of their records, with what is known to be committed.
        mutating func next(at now: UInt64 = 0) -> String {
            switch scheduler.next(at: now) {
            case .commit(let batches, let committed): "commit \(Self.words(batches)), \(committed.counter) committed"
            case .begin(let batches, _, let lane, let isAlone):
                "begin \(Self.words(batches)) on \(lane)" + (isAlone ? ", alone" : "")
            case .settle(let lane): "settle \(lane)"
            case .carryOut(.truncate(let zxid)): "truncate after \(zxid.counter)"
            case .carryOut(.reset(let position)): "reset to \(position.zxid.counter)"
            case .beginFlush: "flush"
            case .settleFlush: "settle the flush"
            case .wait(let until): until.map { "wait until \($0)" } ?? "wait"
            case .end: "end"
            }
        }

        private static func words(_ batches: some BidirectionalCollection<RecordBatch>) -> String {
            let (first, last) = (batches.first!.first.counter, batches.last!.last.counter)
            return first == last ? "\(first)" : "\(first)...\(last)"
        }
    }

    @Test func whatComesDuringOneSyncIsTheNextGroup() throws {
        var bench = try Bench()
        #expect(bench.next() == "wait")
        bench.offer()
        #expect(bench.next() == "commit 1, 0 committed")
        bench.offer(3)
        #expect(bench.next(at: 5) == "wait", "one at a time")
        #expect(bench.scheduler.noteCommit(at: 10).records == 1)
        #expect(bench.next(at: 10) == "commit 2...4, 3 committed")
        let commit = bench.scheduler.noteCommit(at: 30)
        #expect(commit.batches == 3 && commit.records == 3 && commit.bytes == 3 * 116 && commit.began == 10)
        #expect(bench.next() == "wait")
    }

    @Test func groupsInFlightEndInAnyOrderAndAreSettledInTheirs() throws {
        var bench = try Bench(inFlight: 2)
        bench.offer()
        #expect(bench.next() == "begin 1 on 1, alone")
        bench.scheduler.noteBegun(lane: 1, taken: 1, at: 0)
        bench.offer(2)
        #expect(bench.next() == "begin 2...3 on 0")
        bench.scheduler.noteBegun(lane: 0, taken: 2, at: 0)
        bench.offer()
        #expect(bench.next() == "wait", "no lane is free")
        #expect(bench.scheduler.awaitedLane == 1)
        bench.scheduler.noteDone(lane: 0)
        #expect(bench.next() == "wait", "the one before is not done")
        bench.scheduler.noteDone(lane: 1)
        #expect(bench.next() == "settle 1")
        #expect(bench.scheduler.noteSettled(lane: 1, at: 9).records == 1)
        #expect(bench.next() == "settle 0")
        #expect(bench.scheduler.noteSettled(lane: 0, at: 9).records == 2)
        #expect(bench.next() == "begin 4 on 0, alone")
    }

    /// What the log did not take of what was chosen is the next group, whatever has come in meanwhile.
    @Test func whatDoesNotFitGoesOnTheNextLane() throws {
        var bench = try Bench(inFlight: 3)
        bench.offer(5)
        #expect(bench.next() == "begin 1...5 on 2, alone")
        bench.scheduler.noteBegun(lane: 2, taken: 2, at: 0)
        bench.offer()
        #expect(bench.next() == "begin 3...5 on 1")
        bench.scheduler.noteBegun(lane: 1, taken: 3, at: 0)
        #expect(bench.next() == "begin 6 on 0")
    }

    /// For a new segment the groups under way are settled first; a batch larger than one is committed whole.
    @Test func whatTheLogRefusesWaitsUntilItIsAlone() throws {
        var bench = try Bench(inFlight: 3)
        bench.offer()
        _ = bench.next()
        bench.scheduler.noteBegun(lane: 2, taken: 1, at: 0)
        bench.offer(2)
        #expect(bench.next() == "begin 2...3 on 1")
        bench.scheduler.noteRefusal()
        #expect(bench.next() == "wait")
        bench.scheduler.noteDone(lane: 2)
        #expect(bench.next() == "settle 2")
        _ = bench.scheduler.noteSettled(lane: 2, at: 0)
        #expect(bench.next() == "begin 2...3 on 2, alone")
        bench.scheduler.noteRefusal()
        #expect(bench.next() == "commit 2, 2 committed")
        bench.offer()
        #expect(bench.next() == "wait")
        #expect(bench.scheduler.noteCommit(at: 7).records == 1)
        #expect(bench.next() == "begin 3 on 2, alone")
    }

    @Test func aDelayIsWaitedForAndEndsWhereNobodyMayCome() throws {
        var bench = try Bench("delay_10us", capacity: 3)
        bench.offer(at: 1_000)
        #expect(bench.next(at: 2_000) == "wait until 11000")
        bench.offer(at: 3_000)
        #expect(bench.next(at: 10_999) == "wait until 11000")
        #expect(bench.next(at: 11_000) == "commit 1...2, 1 committed")
        _ = bench.scheduler.noteCommit(at: 12_000)
        bench.offer(2, at: 12_000)
        #expect(bench.next(at: 12_000) == "wait until 22000" && bench.scheduler.takesMore)
        bench.offer(at: 12_000)
        #expect(!bench.scheduler.takesMore)
        #expect(bench.next(at: 12_000) == "commit 3...5, 4 committed", "full")
        _ = bench.scheduler.noteCommit(at: 13_000)
        bench.offer(at: 13_000)
        bench.scheduler.noteStop()
        #expect(bench.next(at: 13_000) == "commit 6, 5 committed", "the last")
        _ = bench.scheduler.noteCommit(at: 14_000)
        #expect(bench.next(at: 14_000) == "end")
    }

    @Test func aCommandComesAfterAllThatWasOfferedBefore() throws {
        var bench = try Bench("delay_10us", inFlight: 2)
        bench.offer(2)
        bench.scheduler.add(.truncate(after: Zxid(epoch: 1, counter: 1)))
        #expect(!bench.scheduler.takesMore)
        #expect(bench.next() == "begin 1...2 on 1, alone", "without the delay")
        bench.scheduler.noteBegun(lane: 1, taken: 2, at: 0)
        #expect(bench.next() == "wait")
        bench.scheduler.noteDone(lane: 1)
        #expect(bench.next() == "settle 1")
        _ = bench.scheduler.noteSettled(lane: 1, at: 5)
        #expect(bench.next() == "truncate after 1")
        #expect(bench.scheduler.takesMore)
        #expect(bench.next() == "wait")
    }

    /// A cut may take back what was known to be committed, so what comes after it knows of nothing.
    @Test func aCommandWaitsForTheGroupOnNoLaneAndForgetsWhatIsCommitted() throws {
        var bench = try Bench()
        bench.offer(2)
        #expect(bench.next() == "commit 1...2, 1 committed")
        bench.scheduler.add(.reset(to: LogPosition(zxid: Zxid(epoch: 1, counter: 9), chain: 0)))
        #expect(bench.next() == "wait")
        _ = bench.scheduler.noteCommit(at: 1)
        #expect(bench.next() == "reset to 9")
        let batch = RecordBatch.make([Zxid(epoch: 1, counter: 10)], chain: 0)
        bench.scheduler.add(batch, committed: .zero, at: 2)
        #expect(bench.next(at: 2) == "commit 10, 0 committed")
    }

    @Test func aFlushIsDueAnIntervalAfterTheFirstWriteThatNoneCovers() throws {
        var bench = try Bench(strategy: "periodic_1ms_recycled")
        func commit(at now: UInt64) {
            bench.offer(at: now)
            #expect(bench.next(at: now).hasPrefix("commit"))
            _ = bench.scheduler.noteCommit(at: now + 100)
        }
        commit(at: 5_000)
        commit(at: 6_000)
        #expect(bench.next(at: 7_000) == "wait until 1005000")
        #expect(bench.next(at: 1_005_000) == "flush")
        bench.scheduler.noteFlushBegun()
        #expect(bench.scheduler.awaitedLane == 0)
        #expect(bench.next(at: 1_006_000) == "wait", "one at a time")
        commit(at: 1_007_000)
        #expect(bench.next(at: 1_008_000) == "wait")
        bench.scheduler.noteDone(lane: 0)
        #expect(bench.next(at: 1_009_000) == "settle the flush")
        bench.scheduler.noteFlushSettled(isDirty: true, at: 1_009_000)
        #expect(bench.next(at: 1_010_000) == "wait until 2009000")
        #expect(bench.next(at: 2_009_000) == "flush")
        // A new segment has synced everything meanwhile.
        #expect(bench.next(at: 2_010_000) == "wait")
        commit(at: 2_020_000)
        #expect(bench.next(at: 2_021_000) == "wait until 3020000")
    }

    @Test func afterAFailureOnlyCommandsAreHeard() throws {
        var bench = try Bench(inFlight: 2)
        bench.offer()
        _ = bench.next()
        bench.scheduler.noteBegun(lane: 1, taken: 1, at: 0)
        bench.offer()
        bench.scheduler.noteFailure()
        bench.offer()
        #expect(bench.next() == "wait" && bench.scheduler.awaitedLane == nil)
        bench.scheduler.add(.truncate(after: .zero))
        #expect(bench.next() == "truncate after 0")
        bench.scheduler.noteStop()
        #expect(bench.next() == "end")
    }
}
