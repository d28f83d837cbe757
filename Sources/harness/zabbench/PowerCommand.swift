import ArgumentParser
import Bench
import CPlatform
import Comparisons
import Foundation
import Glibc
import Randomness
import Report
import Results
import Statistics
import Targets
import Workload

struct PowerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power",
        abstract: "Measures what ab is worth here: how often it cries wolf, and how small a slowdown it finds.",
        discussion: """
            zabbench power workloads/ab.yaml --results power                   false alarms, and 1, 3, 5 and 10 %
            zabbench power workloads/ab.yaml --results power --slowdowns 0 --comparisons 20     20 more of no slowdown
            zabbench power --from power                                        the tables again, from what lies there
            zabbench power --from results/reference/ab/pairs.csv

            Makes comparisons as ab does, of this build with itself, in a random order. The servers of side B are slowed \
            down by a processor's time burnt for each write (inject.write_ns), so much that the ensemble's processor time \
            per write grows by that share; how much a write costs is measured first. The comparisons lie in \
            <results>/<percent>/, where those of zabbench ab --results <results>/0 may lie, too. It ends in two tables \
            (power.md) and all pairs (pairs.csv).

            \(ExitStatus.help(
                [.pass, .failed, .lostWrite, .usage, .interrupted],
                [.interrupted: "interrupted: what was made so far stays, and the next call adds to it"]
            ))
            """
    )

    @Argument(help: "The workload: one load on one size of ensemble.", completion: .file(extensions: ["yaml"]))
    var workload: String?

    @Option(help: "Only makes the tables: a study's folder, or its pairs.csv.")
    var from: String?

    @Option(help: "The folder that the comparisons go to; those that are there already count, too.")
    var results = "results/power"

    @Option(help: "Slowdowns in percent, with commas between; 0 is a build against itself.")
    var slowdowns = "0,1,3,5,10"

    @Option(help: "How many comparisons of each slowdown are made.")
    var comparisons = 5

    @Option(help: "How many pairs a comparison has.")
    var pairs = 12

    @Option(help: ArgumentHelp("How long a turn is; 0 for whole runs.", valueName: "ms"))
    var turns: Int?

    @Option(help: "How many comparisons are drawn from the pairs of each slowdown.")
    var draws = 400

    @Option(help: "How many pairs these have; as many as those that were made by default.")
    var drawnPairs: Int?

    @Option(help: "The chance of one false alarm or more in a whole comparison.")
    var level = 0.01

    @Option(help: "Of the order, and of what is drawn.")
    var seed: UInt64 = 1

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Overrides a value of the workload, load.clients=8 for instance.", valueName: "key=value")
    )
    var set: [String] = []

    @Option(help: "Where the servers' data lie while they run: a folder on the disk to be measured.")
    var data = DataFolder.defaultRoot

    func validate() throws {
        guard (workload == nil) != (from == nil) else {
            throw ValidationError("name a workload to measure with, or a study with --from")
        }
        guard comparisons >= 1, pairs >= 2, drawnPairs ?? 2 >= 2, draws >= 0 else {
            throw ValidationError("--comparisons must be at least 1, --pairs and --drawn-pairs 2, --draws 0")
        }
        guard level > 0, level < 1 else { throw ValidationError("--level \(level): it must lie between 0 and 1") }
        for (name, path) in [("--results", results), ("--data", data)] where path.isEmpty {
            throw ValidationError("\(name) is empty; name a place")
        }
        _ = try percents()
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        if let workload { try await measure(workload) }
        do {
            let samples = try PowerSamples(path: from ?? results)
            for folder in samples.leftOut { Diagnostics.line("left out: \(folder)") }
            let study = try PowerStudy(samples, level: level, pairs: drawnPairs, draws: draws, seed: seed) {
                Diagnostics.line("drawing \(draws) comparisons with \(PowerSamples.plain($0)) %")
            }
            let text = PowerText.markdown(study)
            Output.write(text)
            let place = from ?? results
            // Of a file of pairs the tables are all there is to make.
            if FileManager.default.fileExists(atPath: place + "/.") {
                try Diagnostics.writeFile(samples.csv, to: place + "/pairs.csv")
                try Diagnostics.writeFile(text, to: place + "/power.md")
            }
        } catch let error as ExitCode {
            throw error
        } catch {
            Diagnostics.line("zabbench: \(error)")
            throw ExitCode(error is PowerError ? .usage : .failed)
        }
    }

    private func percents() throws -> [Double] {
        let numbers = slowdowns.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard let percents = numbers as? [Double], percents.allSatisfy(PowerSamples.percents.contains),
            Set(percents).count == percents.count
        else { throw ValidationError("--slowdowns \(slowdowns): say percents from 0, each once, such as 0,1,3,5,10") }
        return percents
    }

    /// What the comparisons are made with.
    private struct Bench {
        var session: PairedSession
        /// As it is without a slowdown.
        var file: WorkloadFile
        var path: String
        var overrides: [String]
        var program: String
        var servers: Int
        /// What lies in the study's folder already.
        var existing: PowerSamples

        func side(_ name: String, _ root: ResultsFolder, writeNanoseconds: Int = 0) throws -> PairedSession.Side {
            let slowed = writeNanoseconds > 0 ? overrides + ["inject.write_ns=\(writeNanoseconds)"] : overrides
            return PairedSession.Side(
                name: name,
                program: program,
                file: try WorkloadFile(path: path, overrides: slowed),
                overrides: slowed,
                folder: root.url.appendingPathComponent(name).path
            )
        }
    }

    /// Makes the comparisons.
    ///
    /// - Throws: exit codes, after a line that says why.
    private func measure(_ workload: String) async throws {
        let bench: Bench
        do { bench = try self.bench(workload) } catch { throw Self.refuse(error) }
        do {
            var plan = try percents().flatMap { Array(repeating: $0, count: comparisons) }
            var order = SplitMix64(seed: seed, stream: 1)
            order.shuffle(&plan)
            let cost = try await plan.contains(where: { $0 > 0 }) ? measureCost(bench) : nil
            for (index, percent) in plan.enumerated() {
                try await compare(bench, percent, cost: cost, place: "\(index + 1) of \(plan.count)")
            }
        } catch {
            await bench.session.end()
            throw Self.refuse(error)
        }
        await bench.session.end()
    }

    /// The exit code for an error, after a line that says what it is; what is one already has been said.
    private static func refuse(_ error: any Error) -> ExitCode {
        if let code = error as? ExitCode { return code }
        guard let error = error as? PowerError else { return Output.refuse(error) }
        Diagnostics.line("zabbench: \(error)")
        return ExitCode(.usage)
    }

    private func bench(_ workload: String) throws -> Bench {
        let overrides = self.set + ["repeats=1"]
        let file = try WorkloadFile(path: workload, overrides: overrides)
        let text = try String(contentsOfFile: workload, encoding: .utf8)
        let planned = file.plannedRuns()
        guard planned.count == 1, planned[0].ensemble.placement == .processes else {
            throw ValidationError("\(workload): power needs one load on one size of ensemble, placement: processes")
        }
        guard planned[0].ensemble.injection.words.isEmpty else {
            throw ValidationError("\(workload): remove the inject section; power slows down one side by itself")
        }
        let program = try ZabbenchProgram.path()
        let turns = try PairedSession.turnMilliseconds(turns, file)
        let existing = try PowerSamples(folder: results)
        return Bench(
            session: PairedSession(text: text, data: data, turnMilliseconds: turns, seed: seed),
            file: file,
            path: workload,
            overrides: overrides,
            program: program,
            servers: planned[0].ensemble.size,
            existing: existing
        )
    }

    /// Microseconds of all servers together for a write.
    private func measureCost(_ bench: Bench) async throws -> Double {
        let root = try folder("cost", bench.file.name)
        let sides = [try bench.side("a", root), try bench.side("b", root)]
        for _ in 0..<3 {
            if try await bench.session.makePair(sides) != .whole { throw ExitCode(.lostWrite) }
            // What cannot be added to is better known before an hour of measuring.
            try bench.existing.check(StoredRuns(path: sides[0].folder))
        }
        let cost = try Self.cost(sides)
        Diagnostics.line(String(format: "A write costs all servers together %.2f us.", cost))
        return cost
    }

    /// Makes one comparison, of this build with itself slowed down.
    ///
    /// - Parameters:
    ///   - cost: of a write, as `measureCost` has it; nil if nothing is slowed down.
    ///   - place: which of the comparisons it is.
    private func compare(_ bench: Bench, _ percent: Double, cost: Double?, place: String) async throws {
        // Each server burns its part.
        let burnt = percent / 100 * (cost ?? 0) * 1000 / Double(bench.servers)
        let nanoseconds = Int(burnt.rounded())
        let words = "\(PowerSamples.plain(percent)) % slower" + (percent > 0 ? ", \(nanoseconds) ns a write" : "")
        guard percent == 0 || nanoseconds > 0 else {
            Diagnostics.line("zabbench: \(words): less than a nanosecond cannot be burnt; leave it out")
            throw ExitCode(.usage)
        }
        let root = try folder(PowerSamples.plain(percent), bench.file.name)
        let sides = [try bench.side("a", root), try bench.side("b", root, writeNanoseconds: nanoseconds)]
        for pair in 1...pairs {
            Diagnostics.line("Comparison \(place) (\(words)), pair \(pair) of \(pairs)")
            if try await bench.session.makePair(sides) != .whole { throw ExitCode(.lostWrite) }
            if pair == 1 { try bench.existing.check(StoredRuns(path: sides[0].folder)) }
        }
    }

    private func folder(_ name: String, _ workload: String) throws -> ResultsFolder {
        try ResultsFolder(
            root: URL(fileURLWithPath: results).appendingPathComponent(name),
            workload: "ab-\(workload)",
            startedAt: Timestamp(unixNanoseconds: zb_unix_nanoseconds())
        )
    }

    /// Microseconds of all servers together for a write, the median of all runs.
    private static func cost(_ sides: [PairedSession.Side]) throws -> Double {
        var values: [Double] = []
        for side in sides {
            for run in try StoredRuns(path: side.folder).runs where run.isValid {
                if let value = run.values["cpu_us_per_write"] { values.append(value) }
            }
        }
        guard let distribution = Distribution(values), distribution.median > 0 else {
            Diagnostics.line("zabbench: no run could be measured; see the messages above")
            throw ExitCode(.failed)
        }
        return distribution.median
    }
}
