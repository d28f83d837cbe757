import Report
import Results
import Targets
import Workload

/// What a session says of how far it is.
extension BenchSession {
    /// Says of several runs how long they will take and what room they need.
    ///
    /// - Returns: what may go wrong, a line each.
    func sayPlan() -> [String] {
        guard options.saysPlan else { return [] }
        let plan = RunPlan(runs, file: file, options: options, offer: systems)
        if runs.count > 1 { progress.line(plan.summary) }
        if let hint = RunPlan.evenSizes(runs) { progress.line(hint) }
        for note in RunPlan.recordings(runs) { progress.line(note) }
        return plan.warnings
    }

    /// Has the progress line say from here on how long the runs will take.
    ///
    /// - Parameter made: the places of the runs that are made; others take no time.
    func expect(_ made: [Int]) {
        guard options.saysPlan else { return }
        var seconds = [Double](repeating: 0, count: runs.count)
        for index in made { seconds[index] = RunTimes.seconds(runs[index]) }
        progress.expect(RunSchedule(seconds: seconds))
    }

    /// What a manifest says of a session beside its workload: all that is not in the file. The selection is a part of it,
    /// since what ran before a run may tell in its figures: some of a file's runs are not compared with all of them.
    static func overrides(of file: WorkloadFile, _ options: Options) -> [String] {
        options.overrides + file.only.labels.map { "only=\($0)" }
            + (options.turn.map { ["turns=\($0.turns.milliseconds)ms"] } ?? [])
    }

    /// - Parameter rows: of all runs so far, this one among them.
    func report(_ row: SummaryRow, number: Int, among rows: [SummaryRow]) {
        let ensemble = runs[number - 1].ensemble
        let log = file.ensemble.logs.count > 1 && ensemble.hasPlannedLog ? ensemble.log.words : ""
        let left = progress.left.map { ", \($0)" } ?? ""
        progress.line("[\(number)/\(runs.count)] " + RunLine.text(row, log: log, among: rows) + left)
    }
}

extension BenchSession.Options {
    /// Another build's servers are not what the simulator of this one tries.
    var wantsVerdictsOfOwnServers: Bool { wantsVerdicts && serverProgram == (try? ZabbenchProgram.path()) }
}
