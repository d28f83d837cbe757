import Report
import Results

/// What a session has made, for whoever prints it.
public struct SessionOutcome: Sendable {
    public let exitCode: ExitStatus
    let rows: [SummaryRow]
    let skipped: [SkippedRuns]
    /// Whether that was said when it was found: then the table does not say it again.
    let hasSaidSkipped: Bool
    let failed: [FailedRun]
    let systems: [Manifest.System]
    let elections: [ElectionRow]
    let storms: [StormRow]
    /// How far it came, if Ctrl-C ended it.
    let interruption: String?
    /// Of the results.
    let folder: String
    let workload: String
    /// Something went wrong before all runs were made.
    public let hasFailed: Bool

    public func table(on display: Display) -> String {
        var text = SummaryTable.text(
            rows: rows,
            skipped: hasSaidSkipped ? [] : skipped,
            failed: failed,
            version: ProgramVersion.text,
            on: display
        )
        let ratios = RatioTable.text(rows, systems: systems, on: display)
        if !ratios.isEmpty { text += "\n" + ratios }
        let curves = CurveTable.text(rows, on: display)
        if !curves.isEmpty { text += "\n" + curves }
        if !elections.isEmpty { text += "\n" + ElectionTable.text(elections, on: display) }
        if !storms.isEmpty { text += "\n" + StormTable.text(storms, on: display) }
        if let interruption { text += interruption + "\n" }
        return text + "Results: \(folder)\n"
    }

    public var json: JSONDocument {
        JSONDocument(
            rows: rows,
            skipped: skipped,
            failed: failed,
            elections: elections,
            storms: storms,
            folder: folder,
            workload: workload,
            exitCode: exitCode
        )
    }
}
