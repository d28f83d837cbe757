import Comparisons
import Foundation
import Report
import Statistics

/// Finds the commit that made a metric worse: builds commits, compares each with the good end in pairs, and has
/// `Bisection` decide what comes next.
struct BisectStudy {
    /// What a user asks of `--bisect`.
    struct Search {
        /// Ends after so long, builds included.
        var budgetMinutes: Double
        /// The chance that the commit which is named is the one.
        var confidence: Double
    }

    let range: CommitRange
    /// The metric that regressed between the ends, and its load.
    let metric: ComparedMetric
    let group: Comparison.Group
    /// Of the comparison of the ends: the good end's build, and both sides' folders.
    let ends: [PairedSession.Side]
    let folder: String
    let budgetMinutes: Double
    /// Whether the time is over.
    let isOver: () -> Bool
    /// The program of a commit.
    let build: (CommitRange.Commit) throws(BuildUnderTest.Failure) -> String
    /// Makes one pair.
    let pair: ([PairedSession.Side]) async throws -> PairOutcome

    private(set) var bisection: Bisection
    private var programs: [Int: String] = [:]
    /// Why commits were skipped, by number.
    private var skipped: [Int: String] = [:]
    /// Pairs in a row that were no results, by number.
    private var failures: [Int: Int] = [:]
    private var wasCut = false

    init(
        range: CommitRange,
        regression: (group: Comparison.Group, metric: Comparison.Metric),
        tests: Int,
        ends: [PairedSession.Side],
        folder: String,
        search: Search,
        isOver: @escaping () -> Bool,
        build: @escaping (CommitRange.Commit) throws(BuildUnderTest.Failure) -> String,
        pair: @escaping ([PairedSession.Side]) async throws -> PairOutcome
    ) {
        self.range = range
        metric = regression.metric.metric
        group = regression.group
        self.ends = ends
        self.folder = folder
        budgetMinutes = search.budgetMinutes
        self.isOver = isOver
        self.build = build
        self.pair = pair
        bisection = Bisection(
            count: range.commits.count,
            confidence: search.confidence,
            margin: log(1 + metric.margin.share),
            choices: max(1, tests)
        )
    }

    /// Runs until the commit is found or the time is over.
    ///
    /// - Throws: `ExplainedEnd` of what `pair` cannot go on after, and `lostWrite` where the good end lost a write.
    mutating func run() async throws {
        let last = range.commits.count
        programs[last] = ends[1].program
        try feed(last, sides(of: last))
        while case .compare(let number) = bisection.next {
            guard !isOver() else {
                wasCut = true
                return
            }
            guard prepare(number) else { continue }
            let commit = range.commits[number - 1]
            let left = bisection.left.count
            Diagnostics.note(
                "\(left) of \(Count(last, "commit")) left; pair \(bisection.pairs(of: number) + 1) of \(commit.hash.prefix(12))"
            )
            let sides = sides(of: number)
            do {
                switch try await pair(sides) {
                case .whole:
                    let before = bisection.pairs(of: number)
                    try feed(number, sides)
                    failures[number] = bisection.pairs(of: number) > before ? 0 : failures[number, default: 0] + 1
                    if failures[number] == 3, number < last { skip(number, "three pairs in a row were no results") }
                default:
                    Diagnostics.line("zabbench: \(commit.hash) lost acknowledged writes; look at that first")
                    throw ExplainedEnd(.lostWrite)
                }
            } catch let end as ExplainedEnd {
                // Servers that do not come up are no measurement of a commit, as a build that fails is none.
                guard end.status == .failed, number < last else { throw end }
                skip(number, "its runs failed")
            }
        }
    }

    /// Builds a commit if that is to be done.
    ///
    /// - Returns: false if it was skipped.
    private mutating func prepare(_ number: Int) -> Bool {
        guard programs[number] == nil else { return true }
        do {
            programs[number] = try build(range.commits[number - 1])
            return true
        } catch {
            skip(number, "it cannot be built")
            Diagnostics.line("skipped: \(error)")
            return false
        }
    }

    private mutating func skip(_ number: Int, _ why: String) {
        bisection.skip(number)
        skipped[number] = why
    }

    /// The good end and a commit; of the bad end those that were compared first, whose pairs count, too.
    private func sides(of number: Int) -> [PairedSession.Side] {
        var sides = ends
        guard number < range.commits.count else { return sides }
        let commit = range.commits[number - 1]
        sides[1].name = String(commit.hash.prefix(12))
        sides[1].revision = String(commit.hash.prefix(12))
        sides[1].program = programs[number] ?? ""
        for (index, name) in ["a", "b"].enumerated() {
            sides[index].folder = "\(folder)/\(number)-\(commit.hash.prefix(12))/\(name)"
        }
        return sides
    }

    /// Tells the bisection of the pairs that it does not know.
    private mutating func feed(_ number: Int, _ sides: [PairedSession.Side]) throws {
        let values: [Double]
        do {
            values = PairedValues.worse(
                try StoredRuns(path: sides[0].folder),
                try StoredRuns(path: sides[1].folder),
                metric: metric,
                members: group.members
            )
        } catch {
            Diagnostics.line("zabbench: \(error)")
            throw ExplainedEnd(.failed)
        }
        for value in values.dropFirst(bisection.pairs(of: number)) { bisection.add(value, of: number) }
    }

    // MARK: What came of it

    /// Whether one commit is named.
    var isFound: Bool { bisection.ends == .different && bisection.left.count == 1 }

    /// The steps and the answer.
    var text: String {
        var table = ConsoleTable(columns: [
            .init("commit", .left), .init("pairs", .right), .init(metric.name, .right), .init("", .left),
            .init("subject", .left, isProse: true),
        ])
        for step in bisection.decisions {
            let commit = range.commits[step.commit - 1]
            let change = metric.direction == .higherIsBetter ? exp(-step.mean) : exp(step.mean)
            table.rows.append([
                String(commit.hash.prefix(12)), "\(step.pairs)", String(format: "%+.1f %%", (change - 1) * 100),
                step.isBad ? "bad" : "good", commit.subject,
            ])
        }
        for (number, why) in skipped.sorted(by: { $0.key < $1.key }) {
            let commit = range.commits[number - 1]
            table.rows.append([String(commit.hash.prefix(12)), "-", "-", "skipped, \(why)", commit.subject])
        }
        return
            "Bisection of \(Count(range.commits.count, "commit")) by \(metric.name), each against \(range.good.prefix(12))\n"
            + table.text(on: .document) + "\n" + answer + "\n"
    }

    private var answer: String {
        let percent = { (share: Double) in String(format: "%.3g %%", share * 100) }
        switch bisection.ends {
        case .undecided:
            return
                "Not enough was measured to tell the ends apart within \(minutes): nothing can be said of the commits. "
                + "Give more --budget."
        case .alike:
            return "The ends differ by less than \(percent(metric.margin.share)): there is nothing to find."
        case .different: break
        }
        let left = range.commits[(bisection.left.lowerBound - 1)...(bisection.left.upperBound - 1)]
        if let commit = left.first, left.count == 1 {
            return "First bad commit, with a confidence of \(percent(bisection.reached)) or more:\n"
                + "\(commit.hash) \(commit.subject)"
        }
        let list = left.suffix(20).map { "\($0.hash.prefix(12)) \($0.subject)" }.joined(separator: "\n")
        let more = left.count > 20 ? "and \(left.count - 20) before them; the last 20 are\n" : ""
        let why = wasCut ? "Cut off after \(minutes)" : "The commits between cannot be measured"
        return
            "\(why): the first bad commit is one of \(left.count), with a confidence of "
            + "\(percent(bisection.reached)) or more:\n\(more)\(list)"
    }

    private var minutes: String { "the \(String(format: "%g", budgetMinutes)) minutes of --budget" }
}
