import Foundation
import Glibc
import Measure
import NIOCore
import NIOPosix
import Randomness
import Report
import Results
import Synchronization
import Targets
import Workload

/// Makes pairs of runs: one workload, two builds' servers, in turns on this machine.
public final class PairedSession {
    public struct Side {
        /// As the user named the build.
        public var name: String
        public var program: String
        public var file: WorkloadFile
        public var overrides: [String]
        /// The folder that gets a results folder for each pair.
        public var folder: String
        /// Whose servers are started in place of the program's; nil for a build of ours.
        var installation: InstallationUnderTest?
        /// Of the program's source, as its rows have it; nil to look for it beside the program.
        var revision: String?
        /// Samples what the servers do.
        var profile: PerfRecorder?

        public init(name: String, program: String, file: WorkloadFile, overrides: [String], folder: String) {
            self.name = name
            self.program = program
            self.file = file
            self.overrides = overrides
            self.folder = folder
        }
    }

    let text: String
    let data: String
    /// Of the turns within a run; nil makes whole runs one after the other.
    public let turnMilliseconds: Int?
    /// The generators' loops, one group a side, so that the time that each of them uses can be told.
    private let loops = LoadTurns.Side.allCases.map { _ in
        MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
    }
    private var order: SplitMix64
    private var pairs = 0
    /// Sides that have had a valid run.
    private var valid: Set<LoadTurns.Side> = []
    /// Whether `data` was not there before.
    private let hasMadeData: Bool
    private let interruption: Interruption
    private let state: State
    /// Before each pair, for others to be quiet; nil not to wait.
    private let quiet: QuietWait?

    /// What Ctrl-C is to stop.
    private final class State: Sendable {
        private let stop = Mutex<(@Sendable () -> Void)?>(nil)
        let isInterrupted = InterruptionFlag()

        /// - Parameter stop: cancels what has just begun.
        func begin(_ stop: @escaping @Sendable () -> Void) {
            self.stop.withLock { $0 = stop }
            if isInterrupted.isSet { stop() }
        }

        func interrupt() {
            isInterrupted.set()
            stop.withLock { $0 }?()
        }
    }

    /// From here to `end`, Ctrl-C stops the pair that is being made, in order.
    ///
    /// - Parameters:
    ///   - text: of the workload file.
    ///   - data: where the servers' data lie while they run.
    ///   - seed: of the order within the pairs.
    ///   - quiet: before each pair, for others to be quiet; nil not to wait.
    public init(text: String, data: String, turnMilliseconds: Int?, seed: UInt64, quiet: QuietWait? = nil) {
        self.quiet = quiet
        self.text = text
        self.data = data
        self.turnMilliseconds = turnMilliseconds
        order = SplitMix64(seed: seed)
        // Two sessions share it, and neither could tell when the other is through with it.
        hasMadeData = !FileManager.default.fileExists(atPath: data)
        if hasMadeData { try? FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true) }
        let state = State()
        self.state = state
        interruption = Interruption { state.interrupt() }
    }

    /// Closes the generators' loops; signals do again what they usually do.
    public func end() async {
        interruption.end()
        for name in [SIGINT, SIGTERM, SIGHUP] { signal(name, SIG_DFL) }
        for group in loops { try? await group.shutdownGracefully() }
        if hasMadeData { rmdir(data) }
    }

    /// Whether Ctrl-C came.
    public var isInterrupted: Bool { state.isInterrupted.isSet }

    /// Makes one pair. Who comes first is random, of each pair by itself: that is what makes sign flips exact.
    ///
    /// - Parameter sides: A and B.
    /// - Returns: `whole` or `violated`.
    /// - Throws: `ExplainedEnd`: `interrupted` after Ctrl-C, `failed` if a run is missing or none of a side is valid in the
    ///   first three pairs, `usage` where the workload is at fault.
    public func makePair(_ sides: [Side]) async throws -> PairOutcome {
        let first = order.below(2) == 0 ? LoadTurns.Side.a : .b
        let ordered = first == .a ? [LoadTurns.Side.a, .b] : [.b, .a]
        try await waitUntilQuiet()
        var ends: [LoadTurns.Side: PairOutcome.SideEnd] = [:]
        var sessions: [LoadTurns.Side: BenchSession] = [:]
        if let turnMilliseconds {
            let turns = LoadTurns(milliseconds: turnMilliseconds, first: first)
            for (place, side) in ordered.enumerated() {
                sessions[side] = try session(sides[side.rawValue], place: place, turn: LoadTurn(turns, side))
            }
            ends = await run(sessions, in: ordered) { turns.end() }
        } else {
            for (place, side) in ordered.enumerated() {
                guard !state.isInterrupted.isSet else { break }
                let session = try session(sides[side.rawValue], place: place, turn: nil)
                sessions[side] = session
                let end = await run([side: session], in: [side]) {}
                ends.merge(end) { $1 }
                guard let made = end[side], !made.hasFailed,
                    [.pass, .failed, .objectiveMissed].contains(made.exitCode)
                else { break }
            }
        }
        let outcome = PairOutcome(ends, wasInterrupted: state.isInterrupted.isSet)
        switch outcome {
        case .whole: try check(sessions)
        case .violated: Diagnostics.line("zabbench: acknowledged writes were lost; no more pairs are made")
        case .interrupted: throw ExplainedEnd(.interrupted)
        case .broken:
            Diagnostics.line("zabbench: the runs of this pair are not whole; see the message above")
            throw ExplainedEnd(.failed)
        }
        pairs += 1
        let rows = sessions.mapValues(Self.rows)
        lastRows = PairRow.rows(pair: pairs, runs: rows)
        versions = rows.compactMapValues { $0.compactMap(\.systemVersion).first }
        for line in lastRows.warnings { Diagnostics.line("warning: this pair: \(line)") }
        return outcome
    }

    /// What the servers of each side called their version, in the pair that was made last.
    private(set) var versions: [LoadTurns.Side: String] = [:]
    /// What others had of the processors in the pair that was made last.
    private(set) var lastRows: [PairRow] = []

    /// - Throws: `ExplainedEnd` after Ctrl-C.
    private func waitUntilQuiet() async throws {
        guard let quiet else { return }
        let task = Task { try await quiet.beforeBeginning("the next pair", say: Diagnostics.note) }
        state.begin { task.cancel() }
        do { try await task.value } catch { throw ExplainedEnd(.interrupted) }
    }

    /// Runs sessions at once, started in the order given; one that fails takes the others with it.
    ///
    /// - Parameter ended: called when the first of them has ended.
    private func run(
        _ sessions: [LoadTurns.Side: BenchSession],
        in order: [LoadTurns.Side],
        ended: @escaping @Sendable () -> Void
    ) async -> [LoadTurns.Side: PairOutcome.SideEnd] {
        let rows = { @Sendable (side: LoadTurns.Side) in sessions[side].map { Self.rows($0).count } ?? 0 }
        let task = Task {
            await withTaskGroup(of: (LoadTurns.Side, SessionOutcome).self) { group in
                for side in order {
                    guard let session = sessions[side] else { continue }
                    group.addTask { (side, await session.run()) }
                }
                var ends: [LoadTurns.Side: PairOutcome.SideEnd] = [:]
                for await (side, outcome) in group {
                    ended()
                    if outcome.hasFailed { group.cancelAll() }
                    ends[side] = PairOutcome.SideEnd(
                        exitCode: outcome.exitCode,
                        hasFailed: outcome.hasFailed,
                        rows: rows(side)
                    )
                }
                return ends
            }
        }
        state.begin { task.cancel() }
        return await task.value
    }

    /// Nothing where the file was spoilt meanwhile: then the pair is broken.
    private static func rows(_ session: BenchSession) -> [SummaryRow] {
        (try? session.folder.rows(SummaryRow.self)) ?? []
    }

    /// Says why runs are invalid. They are left out with their partners; if a side of the first three pairs has no other,
    /// the rest would be no better.
    private func check(_ sessions: [LoadTurns.Side: BenchSession]) throws {
        for side in LoadTurns.Side.allCases {
            guard let session = sessions[side] else { continue }
            let rows = Self.rows(session)
            let invalid = rows.filter { !$0.isValid }
            for row in invalid {
                let why = row.invalidReasons.joined(separator: "; ")
                Diagnostics.line("\(row.tag.runID) (\(side)) is not a result: \(why)")
            }
            if invalid.count < rows.count { valid.insert(side) }
            guard pairs != 2 || valid.contains(side) else {
                Diagnostics.line("zabbench: three pairs have no valid run of \(side); no more pairs are made")
                throw ExplainedEnd(.failed)
            }
        }
    }

    /// - Parameter place: 0 for the side that comes first. What may depend on it goes with it, not with the build: the
    ///   loops, and which data lie on the disk before the others.
    private func session(_ build: Side, place: Int, turn: LoadTurn?) throws -> BenchSession {
        var options = Self.options(
            results: build.folder,
            data: data,
            overrides: build.overrides,
            program: build.program
        )
        options.turn = turn
        options.profile = build.profile
        options.revision = build.revision
        build.installation?.home(in: &options)
        options.isQuiet = turn != nil
        options.loops = loops[place]
        options.dataSuffix = "-\(place + 1)"
        do {
            return try BenchSession(file: build.file, text: text, options: options)
        } catch {
            throw ExplainedEnd(Diagnostics.status(saying: error))
        }
    }

    static func options(results: String, data: String, overrides: [String], program: String) -> BenchSession.Options {
        var options = BenchSession.Options(
            outRoot: results,
            dataRoot: data,
            logRoots: [],
            keepsData: false,
            overrides: overrides,
            survey: nil,
            serverProgram: program,
            commandLine: CommandLine.arguments,
            wantsVerdicts: false
        )
        options.saysPlan = false
        return options
    }

    // MARK: Turns

    /// Of turns unless the user says otherwise, in milliseconds. A pair of turns of 100 ms has three times the spread: the
    /// noise of this machine lasts about as long. Shorter ones show no more, and have the load start and stop all the time.
    static let usualTurn = 50

    /// How long the turns are; nil for whole runs, one after the other.
    ///
    /// - Parameter wanted: by the user: milliseconds, 0 for whole runs, nil to leave it to the workload.
    /// - Throws: `UsageError` where turns are wanted and cannot be.
    public static func turnMilliseconds(_ wanted: Int?, _ file: WorkloadFile) throws -> Int? {
        if wanted == 0 { return nil }
        let length = wanted ?? usualTurn
        guard let objection = objection(to: length, file) else { return length }
        if wanted == nil {
            Diagnostics.note("Whole runs one after the other, since \(objection).")
            return nil
        }
        throw UsageError("--turns \(length): \(objection)")
    }

    private static func objection(to length: Int, _ file: WorkloadFile) -> String? {
        guard (20...10_000).contains(length) else { return "a turn has 20 to 10000 ms, and 0 makes whole runs" }
        if file.faults != nil { return "faults are made in whole runs" }
        if file.wantsNullTarget { return "the null target is measured by itself: say null_target: false" }
        if file.plannedRuns().contains(where: { $0.load.recipe != nil }) { return "recipes are played in whole runs" }
        guard file.plannedRuns().allSatisfy({ $0.load.mode == .closed && $0.rateShare == nil }) else {
            return "only closed loops can take turns: a planned send cannot wait for another load"
        }
        let load = file.plannedRuns().first?.load
        func milliseconds(_ seconds: Double?) -> Int { Int((seconds ?? 0) * 1000 + 0.5) }
        guard milliseconds(load?.durationSeconds).isMultiple(of: 2 * length) else {
            return "duration_s must hold as many turns of A as of B: a multiple of \(2 * length) ms"
        }
        guard milliseconds(load?.warmUpSeconds).isMultiple(of: length) else {
            return "warmup_s must end with a turn: a multiple of \(length) ms"
        }
        return nil
    }
}
