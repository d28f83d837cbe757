import ArgumentParser
import Bench
import Comparisons
import Foundation
import Glibc
import Report
import Targets

struct PowerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power",
        abstract: "Measure how well ab works here: false alarms, smallest slowdown found.",
        discussion: """
            zabbench power workloads/ab.yaml --results power    0, 1, 3, 5 and 10 %
            zabbench power workloads/ab.yaml --results power --slowdowns 0 --comparisons 20
            zabbench power workloads/ab.yaml --slowdowns 0 --until 300 --lean
            zabbench power --from power                         the tables again
            zabbench power --from results/reference/ab/pairs.csv

            Makes comparisons as ab does, of this build with itself, in random order. The \
            servers of side B burn processor time on each write (inject.write_ns), so much that \
            the ensemble's processor time per write grows by the given share; what a write \
            costs is measured first. Comparisons are in <results>/<percent>/, where those of \
            'zabbench ab --results <results>/0' count, too. The outcome is two tables \
            (power.md) and all pairs (pairs.csv).

            \(ExitStatus.help(
                [.pass, .failed, .lostWrite, .usage, .interrupted],
                [.interrupted: "interrupted; what was made stays, and the next call adds to it"]
            ))
            """
    )

    @Argument(help: "The workload, with one load and one ensemble size.", completion: .file(extensions: ["yaml"]))
    var workload: String?

    @Option(help: "Only print the tables of a study: its folder, or its pairs.csv.")
    var from: String?

    @Flag(help: "Start nothing; print the missing pairs, how long they would take, and the space they need.")
    var dryRun = false

    @Option(help: "The folder of the study; comparisons already in it count.")
    var results = "results/power"

    @Option(help: "Slowdowns in percent, separated by commas; 0 is a build against itself.")
    var slowdowns = "0,1,3,5,10"

    @Option(help: "How many comparisons to make for each slowdown.")
    var comparisons = 5

    @Option(help: "Make comparisons until each slowdown has this many, counting those already there.")
    var until: Int?

    @Flag(
        help: "Keep only pairs.csv, not the runs; an interrupted call can be repeated."
    )
    var lean = false

    @Option(help: "Pairs per comparison.")
    var pairs = 12

    @Option(help: ArgumentHelp("Length of a turn, 0 for whole runs.", valueName: "ms"))
    var turns: Int?

    @Option(help: "How many comparisons to draw from the pairs of each slowdown.")
    var draws = 400

    @Option(help: "Pairs per drawn comparison; as many as in those that were made by default.")
    var drawnPairs: Int?

    @Option(help: "Highest chance of any false alarm in a whole comparison.")
    var level = 0.01

    @Option(help: "Seed of the order and of the draws.")
    var seed: UInt64 = 1

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change a setting of the workload, load.clients=8 for instance; repeatable.",
            valueName: "key=value"
        )
    )
    var set: [String] = []

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Make only runs of these loads, strategies or batchings; repeatable.",
            valueName: "name,..."
        )
    )
    var only: [String] = []

    @Option(help: "Where the servers keep their data: a folder on the disk to measure.", completion: .directory)
    var data = DataFolder.defaultRoot

    @OptionGroup var silence: SilenceOption
    @OptionGroup var output: OutputOptions<TableFormat>

    func validate() throws {
        guard (workload == nil) != (from == nil) else {
            throw ValidationError("name a workload to measure with, or a study with --from")
        }
        guard !dryRun || from == nil else { throw ValidationError("--dry-run: nothing is measured with --from") }
        guard until ?? 1 >= 1 else { throw ValidationError("--until must be at least 1") }
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
        silence.apply()
        try output.check()
        do {
            if let workload {
                let measurement = try PowerMeasurement(request(workload))
                if dryRun { return try sayPlan(measurement.plan) }
                try await measurement.run()
            }
            let samples = try PowerSamples(path: from ?? (lean ? results + "/pairs.csv" : results))
            for folder in samples.leftOut { Diagnostics.line("warning: left out: \(folder)") }
            let study = try PowerStudy(samples, level: level, pairs: drawnPairs, draws: draws, seed: seed) {
                Diagnostics.note("drawing \(Count(draws, "comparison")) with \(PowerSamples.plain($0)) %")
            }
            let text = PowerText.markdown(study)
            try output.publish { format, display in
                switch format {
                case .table: PowerTable.text(study, on: display)
                case .json: try PowerDocument.text(study)
                }
            }
            let place = from ?? results
            // Of a file of pairs the tables are all there is to make.
            if FileManager.default.fileExists(atPath: place + "/.") {
                try Diagnostics.writeFile(samples.csv, to: place + "/pairs.csv")
                try Diagnostics.writeFile(text, to: place + "/power.md")
            }
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private func sayPlan(_ plan: RunPlan) throws {
        try PlanOutput.publish(plan) { plan, code in
            try output.publish(exitCode: code) { form, display in
                try form == .json ? plan.json() : plan.table(on: display)
            }
        }
    }

    private func request(_ workload: String) throws -> PowerMeasurement.Request {
        var request = PowerMeasurement.Request(workload: workload, percents: try percents())
        request.comparisons = comparisons
        request.pairs = pairs
        request.until = until
        request.isLean = lean
        request.turnMilliseconds = turns
        request.seed = seed
        // A bare `set` here would be an accessor.
        request.overrides = self.set
        request.only = only
        request.results = results
        request.data = data
        return request
    }

    private func percents() throws -> [Double] {
        let numbers = slowdowns.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard let percents = numbers as? [Double], percents.allSatisfy(PowerSamples.percents.contains),
            Set(percents).count == percents.count
        else { throw ValidationError("--slowdowns \(slowdowns): say percents from 0, each once, such as 0,1,3,5,10") }
        return percents
    }
}
