import Foundation
import Glibc
import TestSupport
import Testing

@testable import Measure

@Suite struct ProcTextTests {
    @Test func theProcessorsTicks() throws {
        let full = try #require(ProcessorTicks(stat: "cpu  100 2 50 800 50 3 4 6 9 9\ncpu0 1 2 3\n"))
        #expect(full.processes == 152 && full.interrupts == 7 && full.steal == 6)
        // Guest times are in user and nice already.
        #expect(full.all == 1015)
        // Kernels before 2.6.11 count no steal, those before 2.6 no interrupts.
        let older = try #require(ProcessorTicks(stat: "cpu  100 2 50 800 50 3 4\n"))
        #expect(older.steal == nil && older.interrupts == 7 && older.all == 1009)
        let oldest = try #require(ProcessorTicks(stat: "cpu  100 2 50 800\n"))
        #expect(oldest.steal == nil && oldest.interrupts == 0 && oldest.all == 952)
        for text in ["", "intr 5 6 7 8 9", "cpu  1 2 3", "cpu  1 2 3 x 5", "cpu0 1 2 3 4 5 6 7 8"] {
            #expect(ProcessorTicks(stat: text) == nil)
        }
    }

    @Test func aProcessesTicks() throws {
        let text =
            "4242 (a (b) c) S 17 4242 1 34816 4242 4194560 1 2 3 4 500 60 7 8 20 0 3 0 987654 1 2 3 4 5 6 7 8 9\n"
        let process = try #require(ProcessTicks(stat: text))
        #expect(process.pid == 4242 && process.parent == 17 && process.name == "a (b) c" && process.start == 987_654)
        #expect(process.own == 560 && process.reaped == 15 && process.all == 575)
        #expect(!process.isKernelThread)
        #expect(ProcessTicks(stat: text.replacing(" S 17 ", with: " S 2 "))?.isKernelThread == true)
        #expect(ProcessTicks(stat: "4242 (sh) S 17 1 1") == nil)
        #expect(ProcessTicks(stat: "sh S 17") == nil)
    }
}

/// Planted counters: two processors of 100 ticks a second.
@Suite struct ForeignLoadTests {
    private static let second: UInt64 = 1_000_000_000

    private static func reading(
        _ at: UInt64,
        processes: Double,
        own: Double,
        interrupts: Double = 0,
        steal: Double? = 0
    ) -> ForeignLoad.Reading {
        var processors = ProcessorTicks(stat: "cpu  0 0 0 0")!
        processors.processes = processes
        processors.interrupts = interrupts
        processors.steal = steal
        processors.all = Double(at) / Double(second) * 200
        return ForeignLoad.Reading(at: at, processors: processors, own: own)
    }

    private static func history(_ readings: ForeignLoad.Reading...) -> ForeignHistory {
        var history = ForeignHistory()
        for reading in readings { history.add(reading) }
        return history
    }

    @Test func whatOthersHadIsAShareOfAllProcessors() throws {
        let history = Self.history(
            Self.reading(0, processes: 0, own: 0),
            Self.reading(Self.second, processes: 120, own: 60, interrupts: 20, steal: 10),
            Self.reading(2 * Self.second, processes: 180, own: 120, interrupts: 20, steal: 10)
        )
        let first = try #require(history.load(from: 0, to: Self.second))
        // Half of the processes' time was others', and so are half of the interrupts.
        #expect(abs(first.share - 0.35) < 1e-9 && first.steal == 0.05 && abs(first.taken - 0.4) < 1e-9)
        #expect(first.isAboveBound)
        #expect(history.load(from: Self.second, to: 2 * Self.second) == ForeignLoad(share: 0, steal: 0))
        // Between readings it goes on evenly, and outside them nothing is known.
        let half = try #require(history.load(from: Self.second / 2, to: Self.second * 3 / 2))
        #expect(abs(half.share - (30 + 10 * 30 / 90) / 200) < 1e-9)
        #expect(history.load(from: 0, to: 9 * Self.second) == history.load(from: 0, to: 2 * Self.second))
        #expect(history.load(from: 5, to: 5) == nil)
        #expect(Self.history(Self.reading(0, processes: 0, own: 0)).load(from: 0, to: 9) == nil)
    }

    @Test func whatWeUsedOurselvesIsNobodysElse() {
        // Our own time is exact, the processors' is sampled: the difference may be below nothing.
        let history = Self.history(
            Self.reading(0, processes: 0, own: 0, steal: nil),
            Self.reading(Self.second, processes: 90, own: 95, steal: nil)
        )
        #expect(history.load(from: 0, to: Self.second) == ForeignLoad(share: 0, steal: nil))
    }

    /// Others are busy in one side's turns only.
    @Test func turnsAreTakenTogether() throws {
        let quarter = Self.second / 4
        let history = Self.history(
            Self.reading(0, processes: 0, own: 0),
            Self.reading(quarter, processes: 50, own: 30),
            Self.reading(2 * quarter, processes: 80, own: 60),
            Self.reading(3 * quarter, processes: 130, own: 90),
            Self.reading(4 * quarter, processes: 160, own: 120)
        )
        func quarters(_ begins: [UInt64]) -> [(from: UInt64, to: UInt64)] {
            begins.map { ($0 * quarter, ($0 + 1) * quarter) }
        }
        let a = try #require(history.load(in: quarters([0, 2])))
        let b = try #require(history.load(in: quarters([1, 3])))
        #expect(abs(a.share - 0.4) < 1e-9 && abs(b.share) < 1e-9)
        #expect(history.load(in: []) == nil)
    }

    @Test func theBound() {
        #expect(ForeignLoad(share: 0.1, steal: nil).isAboveBound)
        #expect(!ForeignLoad(share: 0.099, steal: 0).isAboveBound)
        #expect(ForeignLoad(share: 0.05, steal: 0.05).isAboveBound)
    }

    @Test func waitingIsBounded() {
        let wait = QuietWait(seconds: 3)
        let busy = ForeignLoad(share: 0.5, steal: 0)
        #expect(wait.step(ForeignLoad(share: 0.09, steal: 0), waited: 0) == .go)
        #expect(wait.step(nil, waited: 0) == .go)
        #expect(wait.step(busy, waited: 0) == .wait && wait.step(busy, waited: 2) == .wait)
        #expect(wait.step(busy, waited: 2.5) == .giveUp)
    }
}

@Suite struct OwnProcessesTests {
    private static func process(_ pid: Int32, parent: Int32, own: Double, reaped: Double = 0, start: UInt64 = 1)
        -> ProcessTicks
    {
        ProcessTicks(pid: pid, parent: parent, name: "p\(pid)", start: start, own: own, reaped: reaped)
    }

    private static func table(_ processes: ProcessTicks...) -> (Int32) -> ProcessTicks? {
        { pid in processes.first { $0.pid == pid } }
    }

    @Test func childrenAreOursAndTheirEndTakesNothingAway() {
        let start = [
            Self.process(10, parent: 1, own: 5), Self.process(11, parent: 10, own: 7),
            Self.process(12, parent: 11, own: 1),
            Self.process(20, parent: 1, own: 100),
        ]
        var own = OwnProcesses(root: 10, processes: start)
        #expect(own.ticks(named: [], read: Self.table(start[0], start[1], start[2], start[3])) == 13)
        // 11 and its child have ended, with 3 more of its own, and 10 has waited for it.
        let later = Self.process(10, parent: 1, own: 6, reaped: 11)
        #expect(own.ticks(named: [], read: Self.table(later, start[3])) == 17)
        // A server that was started again is ours from its beginning; a pid that is used again is not.
        let again = Self.process(13, parent: 10, own: 2, start: 9)
        let stranger = Self.process(12, parent: 1, own: 500, start: 9)
        #expect(own.ticks(named: [13], read: Self.table(later, again, stranger)) == 19)
    }

    /// Another part of the harness may start servers that nobody names here.
    @Test func whatWeStartedSinceIsFoundByLookingAgain() {
        let (root, late) = (Self.process(10, parent: 1, own: 5), Self.process(11, parent: 10, own: 7))
        var own = OwnProcesses(root: 10, processes: [root])
        #expect(own.ticks(named: [], read: Self.table(root, late)) == 5)
        own.look(at: [root, late, Self.process(20, parent: 1, own: 100)])
        #expect(own.ticks(named: [], read: Self.table(root, late)) == 12)
    }

    @Test func namedServersOfOthersAreOursFromWhenTheyAreSeen() {
        let root = Self.process(10, parent: 1, own: 5)
        var own = OwnProcesses(root: 10, processes: [root])
        #expect(own.ticks(named: [30], read: Self.table(root, Self.process(30, parent: 1, own: 900))) == 5)
        #expect(own.ticks(named: [30], read: Self.table(root, Self.process(30, parent: 1, own: 950))) == 55)
        // Gone, and what it used stays used; then another one has its pid.
        #expect(own.ticks(named: [30], read: Self.table(root)) == 55)
        let next = { (ticks: Double) in Self.table(root, Self.process(30, parent: 1, own: ticks, start: 2)) }
        #expect(own.ticks(named: [30], read: next(8)) == 55)
        #expect(own.ticks(named: [30], read: next(9)) == 56)
    }

    @Test func theBusiestOfOthersAreNamed() {
        let before = [
            Self.process(10, parent: 1, own: 0), Self.process(11, parent: 10, own: 0),
            Self.process(20, parent: 1, own: 100, reaped: 5), Self.process(21, parent: 20, own: 50),
            Self.process(30, parent: 1, own: 0), Self.process(50, parent: 2, own: 0),
        ]
        let after = [
            Self.process(10, parent: 1, own: 90), Self.process(11, parent: 10, own: 90),
            // 21 ended with 60: 10 more than before.
            Self.process(20, parent: 1, own: 120, reaped: 65), Self.process(30, parent: 1, own: 1),
            Self.process(40, parent: 1, own: 50), Self.process(41, parent: 1, own: 20),
            Self.process(42, parent: 1, own: 10), Self.process(50, parent: 2, own: 99),
        ]
        let busy = BusyProcess.busiest(from: before, to: after, own: [10], ticks: 100)
        #expect(busy.map(\.pid) == [40, 20, 41])
        #expect(busy.map(\.cores) == [0.5, 0.3, 0.2])
        #expect(BusyProcess.busiest(from: before, to: after, own: [10], ticks: 0).isEmpty)
    }

    /// A build's compiler had used nine processors' time before; it and the driver that started it end meanwhile.
    @Test func whatGrandchildrenHadUsedBeforeIsNotOfThisTime() {
        let before = [
            Self.process(20, parent: 1, own: 10), Self.process(21, parent: 20, own: 5),
            Self.process(22, parent: 21, own: 900),
        ]
        let after = [Self.process(20, parent: 1, own: 15, reaped: 5 + 900 + 20)]
        let busy = BusyProcess.busiest(from: before, to: after, own: [10], ticks: 100)
        #expect(busy.map(\.cores) == [0.25])
    }

    /// Starts `/bin/sh -c script`. Not with Foundation, which takes a grandchild that goes on for the child.
    private static func start(_ script: String) throws -> Int32 {
        var pid: Int32 = 0
        let words: [String] = ["sh", "-c", script]
        let copies: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let none: [UnsafeMutablePointer<CChar>?] = [nil]
        let status = posix_spawn(&pid, "/bin/sh", nil, nil, copies + none, none)
        try #require(status == 0)
        return pid
    }

    /// Two real programs that do nothing but spin: a child of ours, and one whose parent has left it. Should this process
    /// die, they end after some seconds by themselves.
    @Test func aSpinningChildIsOursAndAnOrphanIsForeign() throws {
        let folder = TemporaryFolder()
        let spin = "ulimit -t 20; while :; do :; done"
        let child = try Self.start(spin)
        defer {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
        }
        let file = folder.path(of: "pid")
        let parent = try Self.start("(\(spin)) </dev/null >/dev/null 2>&1 & echo $! > \(file)")
        waitpid(parent, nil, 0)
        let words = try String(contentsOfFile: file, encoding: .utf8)
        let orphan = try #require(Int32(words.trimmingCharacters(in: .whitespacesAndNewlines)))
        defer { kill(orphan, SIGKILL) }

        var asked: Set<Int32> = []
        var own = OwnProcesses(processes: ProcessTicks.all())
        let read = { (pid: Int32) -> ProcessTicks? in
            asked.insert(pid)
            return ProcessTicks.read(pid: pid)
        }
        var watch = ForeignWatch()
        watch.sample()
        _ = own.ticks(named: [], read: read)
        #expect(asked.contains(child) && asked.contains(getpid()) && !asked.contains(orphan))
        let before = try #require(ProcessTicks.read(pid: orphan)).own
        // Whatever else runs here, the orphan gets its turns; the time limit of the tests bounds this.
        while try #require(ProcessTicks.read(pid: orphan)).own < before + 5 { sched_yield() }
        watch.sample()
        #expect(try #require(watch.last).share > 0)
        // Named, it is one of ours.
        asked = []
        _ = own.ticks(named: [orphan], read: read)
        #expect(asked.contains(orphan))
    }
}
