import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import Randomness
import Report
import Targets
import Workload

/// Makes pairs of runs: one workload, two builds' servers, in turns on this machine.
final class PairedSession {
    struct Side {
        /// As the user named the build.
        var name: String
        var program: String
        var file: WorkloadFile
        var overrides: [String]
        /// The folder that gets a results folder for each pair.
        var folder: String
    }

    /// How a pair ended.
    enum Outcome {
        case whole
        /// Acknowledged writes were lost or reordered; no more pairs are to be made.
        case violated
    }

    let text: String
    let data: String
    /// Of the turns within a run; nil makes whole runs one after the other.
    let turnMilliseconds: Int?
    /// The generators' loops, one group a side, so that the time that each of them uses can be told.
    private let loops = LoadTurns.Side.allCases.map { _ in
        MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
    }
    private var order: SplitMix64
    /// Runs of a pair's side; all pairs have as many.
    private var expected: Int?

    /// - Parameters:
    ///   - text: of the workload file.
    ///   - data: where the servers' data lie while they run.
    ///   - seed: of the order within the pairs.
    init(text: String, data: String, turnMilliseconds: Int?, seed: UInt64) {
        self.text = text
        self.data = data
        self.turnMilliseconds = turnMilliseconds
        order = SplitMix64(seed: seed)
    }

    /// Closes the generators' loops.
    func end() async {
        for group in loops { try? await group.shutdownGracefully() }
    }

    /// Makes one pair, in a random order.
    ///
    /// - Parameters:
    ///   - sides: A and B.
    ///   - isInterrupted: told whether Ctrl-C came.
    /// - Throws: `ExitCode` 130 after Ctrl-C, 1 if a run was not whole, 64 where the workload is at fault; a line on stderr
    ///   has then said why.
    func makePair(_ sides: [Side]) async throws -> Outcome {
        let first = order.below(2) == 0 ? LoadTurns.Side.a : .b
        var codes: [LoadTurns.Side: Int32] = [:]
        var rows: [Int] = []
        if let turnMilliseconds {
            let turns = LoadTurns(milliseconds: turnMilliseconds, first: first)
            let both = try LoadTurns.Side.allCases.map { try session(sides, $0, turn: LoadTurn(turns, $0)) }
            let tasks = both.map { session in
                Task {
                    let code = await session.run().exitCode
                    turns.end()
                    return code
                }
            }
            let interruption = Interruption { for task in tasks { task.cancel() } }
            for side in LoadTurns.Side.allCases { codes[side] = await tasks[side.rawValue].value }
            interruption.end()
            rows = both.map(Self.rows)
        } else {
            for side in first == .a ? [LoadTurns.Side.a, .b] : [.b, .a] {
                let session = try session(sides, side, turn: nil)
                let task = Task { await session.run().exitCode }
                let interruption = Interruption { task.cancel() }
                codes[side] = await task.value
                interruption.end()
                rows.append(Self.rows(session))
                if codes[side] == 4 || codes[side] == 130 { break }
            }
        }
        if codes.values.contains(130) { throw ExitCode(130) }
        if codes.values.contains(4) {
            Diagnostics.line("zabbench: acknowledged writes were lost; no more pairs are made")
            return .violated
        }
        // An invalid row is left out with its partner; a missing one would shift the pairs after it.
        expected = expected ?? rows.first
        guard let expected, expected > 0, rows.allSatisfy({ $0 == expected }) else {
            Diagnostics.line("zabbench: the runs of this pair are not whole; see the message above")
            throw ExitCode(1)
        }
        return .whole
    }

    private static func rows(_ session: BenchSession) -> Int {
        CSVTable(parsing: session.folder.read("summary.csv")).rows.count
    }

    private func session(_ sides: [Side], _ side: LoadTurns.Side, turn: LoadTurn?) throws -> BenchSession {
        let build = sides[side.rawValue]
        var options = BenchSession.Options(
            outRoot: build.folder,
            // Folders of their own: both sides' may begin in the same second.
            dataRoot: data + "/\(side)",
            logRoots: [],
            keepsData: false,
            overrides: build.overrides,
            endpoints: nil,
            serverProgram: build.program,
            commandLine: CommandLine.arguments,
            wantsVerdicts: false
        )
        options.turn = turn
        options.isQuiet = turn != nil
        options.loops = loops[side.rawValue]
        do {
            return try BenchSession(file: build.file, text: text, options: options)
        } catch {
            throw Output.refuse(error)
        }
    }

    // MARK: Turns

    /// Of turns unless the user says otherwise, in milliseconds. A pair of turns of 100 ms has three times the spread: the
    /// noise of this machine lasts about as long. Shorter ones show no more, and have the load start and stop all the time.
    static let usualTurn = 50

    /// How long the turns are; nil for whole runs, one after the other.
    ///
    /// - Parameter wanted: by the user: milliseconds, 0 for whole runs, nil to leave it to the workload.
    /// - Throws: `ValidationError` where turns are wanted and cannot be.
    static func turnMilliseconds(_ wanted: Int?, _ file: WorkloadFile) throws -> Int? {
        if wanted == 0 { return nil }
        let length = wanted ?? usualTurn
        guard let objection = objection(to: length, file) else { return length }
        if wanted == nil {
            Diagnostics.line("Whole runs one after the other, since \(objection).")
            return nil
        }
        throw ValidationError("--turns \(length): \(objection)")
    }

    private static func objection(to length: Int, _ file: WorkloadFile) -> String? {
        guard (20...10_000).contains(length) else { return "a turn has 20 to 10000 ms, and 0 makes whole runs" }
        if file.faults != nil { return "faults are made in whole runs" }
        if file.wantsNullTarget { return "the null target is measured by itself: say null_target: false" }
        guard file.plannedRuns().allSatisfy({ $0.load.mode == .closed && $0.rateShare == nil }) else {
            return "only closed loops can take turns: a planned send cannot wait for another load"
        }
        let milliseconds = Int((file.plannedRuns().first?.load.durationSeconds ?? 0) * 1000 + 0.5)
        guard milliseconds.isMultiple(of: 2 * length) else {
            return "duration_s must hold as many turns of A as of B: a multiple of \(2 * length) ms"
        }
        return nil
    }
}
