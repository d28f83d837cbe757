import ArgumentParser
import Bench
import Glibc
import Report
import Results

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the tables of a results folder again, whole or in part.",
        discussion: """
            zabbench show results/latest                 what run printed
            zabbench show results/latest --matching "3 servers" --matching fdatasync
            zabbench show results/latest --part scaling  loads by ensemble size
            zabbench show results/latest --part ratios   systems beside each other
            zabbench show results/latest --wide          all columns
            zabbench show results/latest --json          what run --json printed

            \(ExitStatus.help([.pass, .failed, .usage]))
            """
    )

    /// What a folder has tables of.
    enum Part: String, ExpressibleByArgument, CaseIterable {
        case summary, ratios, curves, elections, storms, scaling
    }

    @Argument(help: "The results folder, results/latest for instance.", completion: .directory)
    var folder: String

    @OptionGroup var matching: MatchingOption

    @Option(parsing: .singleValue, help: "Print only this part; repeatable. All but the scaling by default.")
    var part: [Part] = []

    @OptionGroup var output: OutputOptions<TableFormat>

    func validate() throws {
        guard part.isEmpty || output.chosen == .table else {
            throw ValidationError("--part: a JSON document holds everything; remove --part or --json")
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        do {
            let results = try ResultsFolder(existing: folder)
            let stored = try matching.chosen(of: StoredResults(results), in: folder)
            // Folders of older versions may have none, and are shown all the same.
            let manifest = try? ManifestHead(reading: results.read("manifest.json"), name: folder + "/manifest.json")
            let skipped = matching.texts.isEmpty ? manifest?.skipped ?? [] : []
            let failed = matching.texts.isEmpty ? manifest?.failedRuns ?? [] : []
            let parts = part.isEmpty ? [.summary, .ratios, .curves, .elections, .storms] : part
            func tables(_ display: Display) -> [String] {
                parts.map { table($0, stored, (skipped, failed), manifest, display) }
            }
            if let missing = zip(parts, tables(.document)).first(where: { $1.isEmpty && part.contains($0) }) {
                throw UsageError("--part \(missing.0.rawValue): \(folder) has no table of it")
            }
            try output.publish { format, display in
                switch format {
                case .table:
                    tables(display).filter { !$0.isEmpty }.joined(separator: "\n")
                        + (manifest.map { display.paragraphs(["Measured on \($0.machine)."]) } ?? "")
                case .json:
                    try JSONDocument(
                        rows: stored.runs,
                        skipped: skipped,
                        failed: failed,
                        elections: stored.faults,
                        storms: stored.storms,
                        folder: folder,
                        workload: stored.runs.first?.workload ?? "",
                        exitCode: LoadPointSummary.status(of: stored.runs, faults: stored.faults)
                    ).text()
                }
            }
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private func table(
        _ part: Part,
        _ stored: StoredResults,
        _ missing: (skipped: [SkippedRuns], failed: [FailedRun]),
        _ manifest: ManifestHead?,
        _ display: Display
    ) -> String {
        switch part {
        // Faults alone may be what was chosen.
        case .summary where stored.runs.isEmpty: ""
        case .summary:
            SummaryTable.text(
                rows: stored.runs,
                skipped: missing.skipped,
                failed: missing.failed,
                version: manifest?.zabbenchVersion,
                on: display
            )
        case .ratios: RatioTable.text(stored.runs, systems: manifest?.systems ?? [], on: display)
        case .curves: CurveTable.text(stored.runs, on: display)
        case .elections: ElectionTable.text(stored.faults, on: display)
        case .storms: StormTable.text(stored.storms, on: display)
        case .scaling: ScalingTable.text(ScalingStudy.rows(stored.runs, folder: ""), on: display)
        }
    }
}

/// `--matching TEXT`: which runs of a results folder are looked at.
struct MatchingOption: ParsableArguments {
    @Option(
        name: .customLong("matching"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "Only runs whose description contains this text; repeatable, and all must match.",
            discussion:
                "A description: zabbench, 3 servers, saturation: closed 16x64, 128 B, fdatasync_recycled natural.",
            valueName: "text"
        )
    )
    var texts: [String] = []

    /// - Throws: `UsageError` if nothing is left, `ExplanationError` where there was nothing.
    func chosen(of stored: StoredResults, in folder: String) throws -> StoredResults {
        let chosen = stored.matching(texts)
        guard chosen.runs.isEmpty, chosen.faults.isEmpty else { return chosen }
        guard !stored.runs.isEmpty else { throw ExplanationError(folder: folder) }
        let labels = stored.descriptions.prefix(5).map { "  " + $0 }
        throw UsageError(
            "--matching \(texts.joined(separator: ", ")): no run of \(folder) is like that; there are, for instance,\n"
                + labels.joined(separator: "\n")
        )
    }
}
