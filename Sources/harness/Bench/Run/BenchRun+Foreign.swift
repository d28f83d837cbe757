import Measure
import Report
import Results
import Targets
import Workload

extension LoadTurn {
    /// When this load had its turns, on CLOCK_MONOTONIC: those of the measured part, the rests included.
    ///
    /// - Parameters:
    ///   - start: of the load, warm-up included; the turns begin one rest later.
    ///   - measured: the measured part.
    func own(start: UInt64, measured: Range<UInt64>) -> [(from: UInt64, to: UInt64)] {
        let length = UInt64(turns.milliseconds) * 1_000_000
        var begin = start + length / 10 + (side == turns.first ? 0 : length)
        var own: [(from: UInt64, to: UInt64)] = []
        while begin < measured.upperBound {
            let stretch = (begin..<begin + length).clamped(to: measured)
            if !stretch.isEmpty { own.append((stretch.lowerBound, stretch.upperBound)) }
            begin += 2 * length
        }
        return own
    }
}

extension SummaryRow {
    /// What others had of the processors in the measured part.
    ///
    /// - Parameter turn: the load's part, if it took turns: then of its turns alone.
    mutating func noteOthers(_ history: ForeignHistory, result: LoadResult, turn: LoadTurn?) {
        guard result.measuredSeconds > 0 else { return }
        let from = result.startedAtMonotonicNanoseconds
        let to = from + UInt64(result.measuredSeconds * 1e9)
        let start = from &- UInt64(max(0, result.plan.warmUpSeconds) * 1e9)
        let stretches = turn.map { $0.own(start: start, measured: from..<to) } ?? [(from, to)]
        foreign = ForeignFigures(history.load(in: stretches))
    }
}

extension SummaryRow.ForeignFigures {
    /// What others had, and who, of a marked row; nil for the others.
    func words(cores: Int, busiest: [BusyProcess]) -> String? {
        guard isMarked == true, let load else { return nil }
        let names = busiest.map { "\($0.name) (\($0.pid)) \(ConsoleTable.threeDigits($0.cores))" }
        let who = names.isEmpty ? "" : ": \(names.joined(separator: ", "))"
        let steal = load.steal ?? 0
        let stolen =
            steal >= 0.01 ? ", \(ConsoleTable.threeDigits(steal * Double(cores))) of them given to other machines" : ""
        return "others had \(ConsoleTable.threeDigits(load.taken * Double(cores))) of \(cores) cores"
            + "\(stolen)\(who); the row is marked, and compares with no other"
    }
}

extension BenchRun {
    /// Says once whether others disturbed the run, on the terminal and in events.csv.
    func warnOfOthers(_ row: SummaryRow, _ samples: ServerSampler.Samples, _ journal: EventJournal) {
        guard let words = row.foreign.words(cores: machine.environment.cores, busiest: samples.busiest) else { return }
        outputs.progress.warn("\(row.tag.runID): \(words)")
        journal.record("foreign_load", detail: words, isSaid: false)
    }
}

extension BenchSession {
    /// What others have of the processors just now.
    static func foreignLoadNow() async -> ForeignLoad? {
        var watch = ForeignWatch()
        watch.sample()
        try? await Task.sleep(for: .milliseconds(300))
        watch.sample()
        return watch.last
    }
}

extension QuietWait {
    /// Waits, and says so if it was in vain.
    ///
    /// - Parameters:
    ///   - what: that is about to begin.
    ///   - say: gets a line that is to stay.
    /// - Throws: `CancellationError`.
    func beforeBeginning(_ what: String, say: (String) -> Void) async throws {
        let outcome = try await untilQuiet()
        let taken = Int(((outcome.load?.taken ?? 0) * 100).rounded())
        if !outcome.isQuiet {
            say(
                "\(what): others still have \(taken) % of the processors after \(Int(outcome.waited)) s of waiting; it "
                    + "goes on all the same"
            )
        } else if outcome.waited > 0 {
            say("\(what): waited \(Int(outcome.waited)) s until the machine was quiet")
        }
    }
}
