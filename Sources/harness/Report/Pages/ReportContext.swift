import Results
import Statistics

/// What all parts of a folder's page are made from: its rows, what its settings are called, and how its series look.
struct ReportContext {
    let results: StoredResults
    let groups: [HTMLReport.Group]
    let names: SettingNames
    let palette: Palette
    let anchors = Anchors()
    /// Of each run id: what the run was.
    let runNames: [String: String]
    /// Of each run's number in the folder: response times by quantile, every bucket. Empty where latency.hlog cannot be read:
    /// a page is worth having without.
    let curves: [Int: [(quantile: Double, microseconds: Double)]]

    init(_ results: StoredResults) {
        self.results = results
        let groups = HTMLReport.groups(results.runs)
        let names = SettingNames(groups.map(\.point.key))
        self.groups = groups
        self.names = names
        let keys = groups.map(\.point.key)
        palette = Palette(
            (names.isLogSweep ? groups.map(\.log) : [])
                + Set(keys.map(\.ensembleSize)).sorted().map(SettingNames.servers)
                + keys.map(names.load) + keys.map(names.ensemble).filter { !$0.isEmpty }
        )
        var runNames: [String: String] = [:]
        for group in groups {
            for row in group.point.rows {
                let number = group.point.rows.count > 1 ? ", run \(row.tag.repeatNumber)" : ""
                runNames[row.tag.runID] = group.setting + number
            }
        }
        self.runNames = runNames
        let recorded = (try? results.latencies.read()) ?? []
        curves = Dictionary(
            recorded.filter { $0.clock == .response }.map { ($0.run, $0.quantiles) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    var hasSizes: Bool { Set(groups.map(\.point.key.ensembleSize)).count > 1 }
    var hasFaults: Bool { !results.faults.isEmpty }

    /// The looks of one thing in every chart of the page.
    func style(of group: HTMLReport.Group) -> SeriesStyle {
        let style = palette.style(of: seriesName(group))
        return style.marked(group.point.durability.isLossy)
    }

    /// What tells a setting's line from the others of one load: its log, its size or its system; the load itself otherwise.
    func seriesName(_ group: HTMLReport.Group) -> String {
        let key = group.point.key
        if names.isLogSweep { return group.log + (names.ensemble(key).isEmpty ? "" : ", " + names.ensemble(key)) }
        let ensemble = names.ensemble(key)
        return ensemble.isEmpty ? names.load(key) : ensemble
    }

    /// Of the valid runs, from every bucket where latency.hlog has all of them.
    func curve(_ group: HTMLReport.Group) -> LatencyCurve {
        LatencyCurve(group.point, recorded: curves)
    }

    /// The settings of each load; all of them in one chapter without a title where each load has one setting.
    var chapters: [(title: String, groups: [HTMLReport.Group])] {
        let byLoad = HTMLReport.chaptered(groups) { names.load($0.point.key) }
        return byLoad.contains { $0.groups.count > 1 } ? byLoad : groups.isEmpty ? [] : [("", groups)]
    }
}
