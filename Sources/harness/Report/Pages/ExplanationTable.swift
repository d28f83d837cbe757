import Results

/// What limited each load, a row each: the limiter, what shows it, where a write's time goes, what would help.
public struct ExplanationTable {
    private let explanation: Explanation
    private let points: [LoadPointSummary]

    public init(_ explanation: Explanation) {
        self.explanation = explanation
        points = explanation.paragraphs.map(\.point)
    }

    /// - Parameter version: of the zabbench that wrote the rows; nil where nobody knows it.
    public func text(version: String? = nil, on display: Display = .document) -> String {
        let paragraphs = explanation.paragraphs
        let sweep = LogSweep(points)
        let shape = RowShape(points)
        // The shape may have the rows in another order than the paragraphs are in.
        let ordered = sweep.isSweep ? paragraphs : shape.order(paragraphs, by: \.point)
        let labels = sweep.isSweep ? [sweep.labelColumn] : shape.labels
        let hasStages = paragraphs.contains { $0.largestStage != nil }
        var table = ConsoleTable(
            columns: labels.map { ConsoleTable.Column($0.title, $0.alignment, isProse: $0.isProse, proseMin: 18) } + [
                .init("limiter", .left, isProse: true), .init("evidence", .left, isProse: true),
            ] + (hasStages ? [.init("largest stage", .left, rank: 1)] : []) + [
                .init("what would help", .left, isProse: true)
            ]
        )
        var last: String?
        for (row, paragraph) in ordered.enumerated() {
            let label = labels.map { column -> ConsoleTable.Cell in
                guard case .words(let words) = column.content else { return "" }
                return words(paragraph.point)
            }
            let words =
                [paragraph.limiterInWords, paragraph.evidence]
                + (hasStages ? [paragraph.largestStage ?? "-"] : []) + [paragraph.helpInShort]
            table.cells.append(label + words.map { ConsoleTable.Cell($0) })
            let heading = sweep.isSweep ? LogSweep.title(paragraph.point) : shape.heading(paragraph.point)
            if heading != last { table.headings[row] = heading }
            last = heading
        }
        let head = TableHead.text(points, sweep: sweep, version: version, payload: sweep.isSweep ? nil : shape.payload)
        return display.wrapped(head) + "\n" + table.text(on: display) + display.paragraphs(notes(hasStages: hasStages))
    }

    private func notes(hasStages: Bool) -> [String] {
        var notes: [String] = []
        if !hasStages {
            // Other systems' servers are not followed.
            let hasOurs = explanation.paragraphs.contains { $0.system == "zabbench" }
            if hasOurs {
                notes.append(
                    "Runs with trace: true in their workload also show the stage in which writes spend most time."
                )
            }
        } else {
            notes.append("largest stage: share of a write's time at p50.")
        }
        let idle = explanation.paragraphs.contains { $0.limiterInWords.hasPrefix(Explanation.waitingFor) }
        if idle {
            notes.append(
                "\(Explanation.waitingFor)...: no resource was exhausted, so latency decides, and this is its largest part."
            )
        }
        for paragraph in explanation.paragraphs {
            for slow in paragraph.slowness {
                notes.append("\(Count(paragraph.ensembleSize, "server")), \(paragraph.load): \(slow)")
            }
        }
        let disturbed = explanation.paragraphs.reduce(0) { $0 + $1.disturbedRuns }
        if disturbed > 0 {
            let runs = explanation.paragraphs.reduce(0) { $0 + $1.runs }
            notes.append(
                "Other programs used a tenth of the processors or more in \(disturbed) of \(Count(runs, "run"))."
            )
        }
        let crowded = Set(explanation.paragraphs.filter(\.isMachineLimited).map(\.ensembleSize)).sorted()
        if !crowded.isEmpty {
            notes.append(
                "More servers than cores (\(SummaryTable.list(crowded.map(String.init))) on \(explanation.cores)): those rows "
                    + "measure the machine as much as the servers."
            )
        }
        if explanation.paragraphs.contains(where: \.point.hasRepeats) {
            notes.append("Evidence: medians over the valid runs.")
        }
        if !explanation.scaling.isEmpty { notes.append("zabbench show --part scaling shows how these loads scale.") }
        if let elections = explanation.elections { notes.append(elections) }
        return notes + ["--long explains each load in sentences, with the error of each figure."]
    }
}
