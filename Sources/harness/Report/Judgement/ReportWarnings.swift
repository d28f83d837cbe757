import Results
import Statistics

extension StoredResults {
    /// What a reader must know before quoting the figures: the warnings of the folder's report.
    public var warnings: [String] {
        let points = LoadPointSummary.grouped(runs)
        return ReportWarnings.lines(points, SettingNames(points.map(\.key)))
    }
}

/// What a reader must know before quoting a folder's figures, each thing once for all runs that it is true of.
enum ReportWarnings {
    /// Settings named in one warning at most.
    private static let mostNamed = 6

    static func lines(_ points: [LoadPointSummary], _ names: SettingNames) -> [String] {
        lost(points, names) + invalid(points, names) + SummaryTable.trustNotes(points) + machine(points)
            + generator(points, names) + lossy(points) + untried(points)
    }

    /// `steady (3 runs), serial and 4 more settings`.
    private static func named(_ points: [LoadPointSummary], _ names: SettingNames, _ isMeant: (SummaryRow) -> Bool)
        -> String
    {
        let texts = points.compactMap { point -> String? in
            let count = point.rows.count(where: isMeant)
            guard count > 0 else { return nil }
            return names.setting(point.key) + (point.rows.count > 1 ? " (\(count) of \(point.rows.count) runs)" : "")
        }
        let rest = texts.count - mostNamed
        return rest > 1
            ? texts.prefix(mostNamed).joined(separator: "; ") + " and \(rest) more settings"
            : texts.joined(separator: "; ")
    }

    private static func isLost(_ row: SummaryRow) -> Bool {
        row.invalidReasons.contains { $0.hasPrefix(RunValidity.violation) }
    }

    private static func lost(_ points: [LoadPointSummary], _ names: SettingNames) -> [String] {
        let rows = points.flatMap(\.rows).filter(isLost)
        guard let first = rows.first else { return [] }
        return [
            "ACKNOWLEDGED WRITES VIOLATED in \(named(points, names, isLost)): "
                + first.invalidReasons.joined(separator: "; ") + "."
        ]
    }

    /// Those that are no results for other reasons, by what the reasons begin with.
    private static func invalid(_ points: [LoadPointSummary], _ names: SettingNames) -> [String] {
        let rows = points.flatMap(\.rows)
        // Beyond the knee of a curve nothing else is expected.
        func isWrong(_ row: SummaryRow) -> Bool { !row.isValid && !isLost(row) && !row.isBeyondKnee }
        let wrong = rows.filter(isWrong)
        var heads: [String] = []
        func head(_ row: SummaryRow) -> String {
            if RunValidity.isOverload(row.invalidReasons) { return "overloaded" }
            return String((row.invalidReasons.first ?? "").prefix { $0 != ":" })
        }
        for row in wrong where !heads.contains(head(row)) { heads.append(head(row)) }
        return heads.map { one in
            let count = wrong.count { head($0) == one }
            return "\(count) of \(rows.count) \(rows.count == 1 ? "run" : "runs") rejected, \(one): "
                + named(points, names) { isWrong($0) && head($0) == one } + "."
        }
    }

    /// `3, 5 and 7`.
    private static func listed(_ texts: [String]) -> String {
        guard let last = texts.last, texts.count > 1 else { return texts.first ?? "" }
        return texts.dropLast().joined(separator: ", ") + " and " + last
    }

    private static func machine(_ points: [LoadPointSummary]) -> [String] {
        let crowded = points.filter { $0.rows.contains(where: \.context.isMachineLimited) }
        guard let first = crowded.first?.rows.first else { return [] }
        let cores = first.context.cores.map { "\($0)" } ?? "too few"
        let sizes = listed(Set(crowded.map(\.key.ensembleSize)).sorted().map(String.init))
        return [
            "Machine-limited: ensembles of \(sizes) servers share \(cores) cores, so these rows measure the machine."
        ]
    }

    private static func generator(_ points: [LoadPointSummary], _ names: SettingNames) -> [String] {
        func isNear(_ row: SummaryRow) -> Bool { row.isValid && row.context.isGeneratorLimited }
        guard points.flatMap(\.rows).contains(where: isNear) else { return [] }
        return ["Generator-limited: \(named(points, names, isNear)): the servers may be capable of more."]
    }

    private static func lossy(_ points: [LoadPointSummary]) -> [String] {
        let names = Set(points.filter(\.durability.isLossy).map(\.key.fsyncStrategy)).sorted()
        guard !names.isEmpty else { return [] }
        return [
            "NOT DURABLE: \(names.joined(separator: ", ")): in the simulator they lose acknowledged writes. Nothing was lost in "
                + "these runs, in which nothing crashed."
        ]
    }

    /// Without a verdict nothing of the page says that a write is durable.
    private static func untried(_ points: [LoadPointSummary]) -> [String] {
        let known = points.contains(where: \.durability.isKnown)
        // Of other systems the simulator knows nothing, which is no news beside rows of ours.
        let unknown = points.filter { !$0.durability.isKnown && (!known || $0.key.system == "zabbench") }
        guard !unknown.isEmpty else { return [] }
        let names = Set(unknown.map(\.key.fsyncStrategy)).sorted().filter { !$0.isEmpty }
        let what =
            !known ? "these writes" : names.isEmpty ? "some rows" : "some rows (\(names.joined(separator: ", ")))"
        return ["Durability has not been tested for \(what); run zabbench verdict."]
    }
}
