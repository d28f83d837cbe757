import Results
import Statistics

extension HTMLReport {
    /// Runs that are repeats of each other, and what charts and tables call them.
    struct Group {
        var point: LoadPointSummary
        /// What tells its log from those of other groups; empty where all have the same.
        var log = ""
        /// All that tells it from the other groups of the folder: `3 servers, saturation`.
        var setting = ""

        /// A figure of a run, as charts and tables read it.
        typealias Figure = (SummaryRow) -> Double?

        func distribution(_ figure: Figure) -> Distribution? { point.distribution(figure) }

        /// A figure with its error, as HTML.
        func cell(_ figure: LoadFigure, hasRepeats: Bool) -> String {
            let cell = LoadTable.Cell(point, figure, hasRepeats: hasRepeats, hasMarks: false)
            let text = HTMLText.escaped(cell.text) + (figure.name == LoadFigure.achieved.name ? mark : "")
            return cell.error.isEmpty ? text : "\(text) <small>\(HTMLText.escaped(cell.error))</small>"
        }
    }

    static func groups(_ runs: [SummaryRow]) -> [Group] {
        let points = LoadPointSummary.grouped(runs)
        let names = SettingNames(points.map(\.key))
        return points.map { Group(point: $0, log: names.log($0.key), setting: names.setting($0.key)) }
    }

    /// Groups in chapters of the same title, in the order of their first ones.
    static func chaptered(_ groups: [Group], by title: (Group) -> String) -> [(title: String, groups: [Group])] {
        var chapters: [(title: String, groups: [Group])] = []
        for group in groups {
            let name = title(group)
            if let index = chapters.firstIndex(where: { $0.title == name }) {
                chapters[index].groups.append(group)
            } else {
                chapters.append((name, [group]))
            }
        }
        return chapters
    }
}
