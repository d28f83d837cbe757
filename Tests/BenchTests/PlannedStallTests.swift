import Client
import Foundation
import Glibc
import Report
import Results
import Synchronization
import TestSupport
import Testing

@testable import Bench
@testable import Targets
@testable import Workload

/// A run with a planned stall is none without it.
@Suite(.timeLimit(.minutes(1))) struct PlannedStallTests {
    /// One server, which notes what it is told, or is not there any more.
    private final class OneServer: Ensemble {
        let signals = Mutex<[Int32]>([])
        let isGone: Bool

        init(isGone: Bool = false) { self.isGone = isGone }

        let isShared = false
        var servers: [EnsembleServer] { [EnsembleServer(id: 1, endpoint: Endpoint(host: "127.0.0.1", port: 1))] }
        func start() async throws {}
        func stop() async {}
        func kill(_ id: Int, signal: Int32) async throws {
            if isGone { throw TargetError("server \(id) has already exited") }
            signals.withLock { $0.append(signal) }
        }
        func restart(_ id: Int) async throws {}
        func pid(of id: Int) -> Int32? { nil }
        func exit(of id: Int) -> String? { nil }
        func lastLogLines(of id: Int, count: Int) -> [String] { [] }
        func waitForExit(of id: Int, seconds: Double) async -> Bool { true }
        func phaseJournal(of server: EnsembleServer) async -> PhaseJournal? { nil }
    }

    private static func injection(at: Double, for length: Double) -> PlannedInjection {
        var injection = PlannedInjection()
        (injection.stallAtSeconds, injection.stallForSeconds) = (at, length)
        return injection
    }

    private let folder = TemporaryFolder()

    private func stall(_ server: OneServer, at: Double, for length: Double) throws -> Stall {
        let results = try ResultsFolder(
            root: URL(filePath: folder.path),
            workload: "w",
            startedAt: Timestamp(unixNanoseconds: 0)
        )
        let journal = EventJournal(
            folder: results,
            tag: BenchRowsTests.tag,
            progress: ProgressLine(isTerminal: false, verbosity: .silent),
            startedAt: 0
        )
        return try #require(Stall(Self.injection(at: at, for: length), ensemble: server, leader: nil, journal: journal))
    }

    /// The load's first second is over.
    private static let first = ProgressSample(
        phase: .measuring,
        fraction: 0,
        second: BenchRowsTests.result().samples[0]
    )

    @Test func aServerThatCannotBeStoppedIsNamed() async throws {
        let stall = try stall(OneServer(isGone: true), at: 1, for: 1)
        stall.note(Self.first, of: LoadPlan(warmUpSeconds: 0))
        while stall.failing(BenchRowsTests.result())?.contains("exited") != true { await Task.yield() }
        await stall.end()
        #expect(stall.failing(BenchRowsTests.result()) == "it did not come: server 1 has already exited")
    }

    @Test func aLoadThatIsOverIsNotStalledAnyMore() async throws {
        let server = OneServer()
        let stall = try stall(server, at: 3600, for: 1)
        stall.note(Self.first, of: LoadPlan(warmUpSeconds: 0))
        await stall.end()
        #expect(server.signals.withLock { $0 }.isEmpty)
        #expect(
            stall.failing(BenchRowsTests.result())
                == "it did not come: it was planned 3600 s into the measured part, which lasted 2 s"
        )
    }

    /// What stands still goes on when the load is over, and not when its time is.
    @Test func nothingIsLeftStandingStill() async throws {
        let server = OneServer()
        let stall = try stall(server, at: 1, for: 3600)
        stall.note(Self.first, of: LoadPlan(warmUpSeconds: 0))
        while server.signals.withLock({ $0.isEmpty }) { await Task.yield() }
        await stall.end()
        #expect(server.signals.withLock { $0 } == [SIGSTOP, SIGCONT])
    }

    /// The measured part is from 11 to 13 s.
    @Test(
        arguments: [
            (11_500, 12_500, nil), (11_000, 12_000, nil),
            // It ends with the load, and began a moment late.
            (12_080, 13_080, nil), (12_500, 13_500, "0.5 s of its 1 s lie in the measured part"),
            (10_000, 11_400, "0.4 s of its 1 s lie in the measured part"),
            (13_000, 14_000, "it did not come: it was planned 0.5 s into the measured part, which lasted 2 s"),
        ] as [(UInt64, UInt64, String?)]
    )
    func itHasToLieInTheMeasuredPart(from: UInt64, to: UInt64, words: String?) {
        let course = Stall.Course(stoppedAt: from * 1_000_000, continuedAt: to * 1_000_000)
        let injection = Self.injection(at: 0.5, for: 1)
        #expect(Stall.failing(course, injection, BenchRowsTests.result()) == words)
    }
}
