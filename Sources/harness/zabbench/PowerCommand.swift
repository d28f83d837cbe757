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
        abstract: "Measures what ab is worth here: how often it cries wolf, and how small a slowdown it finds.",
        discussion: """
            zabbench power workloads/ab.yaml --results power                   false alarms, and 1, 3, 5 and 10 %
            zabbench power workloads/ab.yaml --results power --slowdowns 0 --comparisons 20     20 more of no slowdown
            zabbench power workloads/ab.yaml --results alarms --slowdowns 0 --until 300 --lean  many, without their runs
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

    @Flag(help: "Says how many pairs are missing, how long they take and what room they need, and makes none.")
    var dryRun = false

    @Option(help: "The folder that the comparisons go to; those that are there already count, too.")
    var results = "results/power"

    @Option(help: "Slowdowns in percent, with commas between; 0 is a build against itself.")
    var slowdowns = "0,1,3,5,10"

    @Option(help: "How many comparisons of each slowdown are made.")
    var comparisons = 5

    @Option(help: "Makes comparisons until there are so many of each slowdown, those counted that are there already.")
    var until: Int?

    @Flag(
        help: "Keeps the pairs of the comparisons (pairs.csv) and not their runs; a call that is ended can be repeated."
    )
    var lean = false

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

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Makes only the runs of a load, a strategy or a batching; may be repeated, with commas between.",
            valueName: "name,..."
        )
    )
    var only: [String] = []

    @Option(help: "Where the servers' data lie while they run: a folder on the disk to be measured.")
    var data = DataFolder.defaultRoot

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
        try output.check()
        do {
            if let workload {
                let measurement = try PowerMeasurement(request(workload))
                if dryRun { return try sayPlan(measurement.plan) }
                try await measurement.run()
            }
            let samples = try PowerSamples(path: from ?? (lean ? results + "/pairs.csv" : results))
            for folder in samples.leftOut { Diagnostics.line("left out: \(folder)") }
            let study = try PowerStudy(samples, level: level, pairs: drawnPairs, draws: draws, seed: seed) {
                Diagnostics.line("drawing \(draws) comparisons with \(PowerSamples.plain($0)) %")
            }
            let text = PowerText.markdown(study)
            try output.publish { format, _ in
                switch format {
                case .table: text
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
            try output.publish(exitCode: code) { form, _ in try form == .json ? plan.json() : plan.table() }
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
