import Foundation
import Report
import Simulator

/// How far a campaign is, while it runs, and its figures at the end.
final class SimulationDisplay: Sendable {
    private let seeds: ClosedRange<UInt64>
    private let line = ProgressLine()
    private let began = ContinuousClock.now

    init(seeds: ClosedRange<UInt64>) { self.seeds = seeds }

    private var total: Int { Int(seeds.upperBound - seeds.lowerBound + 1) }

    private var seconds: Double {
        let duration = began.duration(to: .now)
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    /// Until the task is cancelled: a line that rewrites itself on a terminal, one every ten seconds elsewhere.
    func follow(_ campaign: Campaign) async {
        let pause: Duration = line.isTerminal ? .milliseconds(200) : .seconds(10)
        while !Task.isCancelled {
            try? await Task.sleep(for: pause)
            if Task.isCancelled { return }
            let progress = campaign.progress
            let done = Int(progress.seedsDone)
            if line.isTerminal {
                line.show(run: max(1, done), of: total, fraction: 0, text: text(progress))
            } else {
                line.line("\(done) of \(total) seeds, \(text(progress))")
            }
        }
    }

    private func text(_ progress: Campaign.Progress) -> String {
        let rate = Double(progress.seedsDone) / seconds
        let simulated = Double(progress.counters.simulatedTime) / 1e9
        return "\(ConsoleTable.threeDigits(rate)) seeds/s, \(ConsoleTable.grouped(simulated)) s simulated, "
            + "\(ConsoleTable.threeDigits(simulated / seconds)) s/s, \(progress.counters.faultCount) faults"
    }

    /// Takes the line away, before other output.
    func finish() { line.clear() }

    private func figures(_ progress: Campaign.Progress) -> [(name: String, key: String, value: Double)] {
        let counters = progress.counters
        let simulated = Double(counters.simulatedTime) / 1e9
        let year = 365.25 * 86_400.0
        return [
            ("seeds played", "seeds", Double(progress.seedsDone)),
            ("of them twice, with the same hash", "rechecked", Double(progress.rechecked)),
            ("violations", "violations", progress.failure == nil ? 0 : 1),
            ("seconds", "seconds", seconds),
            ("seeds per second", "seeds_per_s", Double(progress.seedsDone) / seconds),
            ("simulated seconds", "simulated_s", simulated),
            ("simulated cluster-years", "simulated_years", simulated / year),
            ("simulated seconds per second", "simulated_s_per_s", simulated / seconds),
            ("events", "events", Double(counters.events)),
            ("commits checked", "commits", Double(counters.commits)),
            ("properties checked", "checks", Double(counters.checks)),
            ("client operations checked", "operations", Double(counters.operations)),
            ("watch events checked", "watch_events", Double(counters.watchEvents)),
            ("established leaders", "reigns", Double(counters.reigns)),
            ("server starts", "starts", Double(counters.starts)),
            ("snapshots", "snapshots", Double(counters.snapshots)),
            ("snapshots from a leader", "installed_snapshots", Double(counters.installedSnapshots)),
            ("syncs", "syncs", Double(counters.syncs)),
            ("faults planned and begun", "faults", Double(counters.faultCount)),
            ("processes killed", "kills", Double(counters.kills)),
            ("power losses", "power_losses", Double(counters.powerLosses)),
            ("servers stopped by their disk", "stops", Double(counters.stops)),
            ("starts refused", "refusals", Double(counters.refusals)),
            ("servers emptied and repaired by peers", "repairs", Double(counters.repairs)),
            ("frames lost or doubled", "spoiled_frames", Double(counters.spoiledFrames)),
            ("faults of disks", "disk_faults", Double(counters.diskFaults)),
        ]
    }

    func table(_ progress: Campaign.Progress) -> String {
        var table = ConsoleTable(columns: [("figure", .left), ("value", .right)])
        for figure in figures(progress) {
            let small = figure.value < 100 && figure.value != figure.value.rounded()
            table.rows.append([
                figure.name, small ? ConsoleTable.threeDigits(figure.value) : ConsoleTable.grouped(figure.value),
            ])
        }
        for (kind, count) in zip(Fault.Kind.allCases, progress.counters.faults) where count > 0 {
            table.rows.append(["fault \(kind.rawValue)", ConsoleTable.grouped(Double(count))])
        }
        return table.text
    }

    func json(_ progress: Campaign.Progress) -> String {
        var object: [String: Double] = [:]
        for figure in figures(progress) { object[figure.key] = figure.value }
        for (kind, count) in zip(Fault.Kind.allCases, progress.counters.faults) {
            object["fault_" + kind.rawValue.replacingOccurrences(of: "-", with: "_")] = Double(count)
        }
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
        return (data.map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
    }
}
