extension SummaryRow {
    /// What merging needs beyond the rows of the parts.
    public struct MergedRun: Sendable {
        public var tag: RunTag
        public var orderIndex: Int
        public var latencies: MergedLatencies
        /// Why it is no result; empty for a valid one.
        public var invalidReasons: [String]
        /// What the parts have had in the way: nil where nothing stands out.
        public var limiter: String?
        public var limiterEvidence: String?

        public init(tag: RunTag, orderIndex: Int, latencies: MergedLatencies, invalidReasons: [String]) {
            self.tag = tag
            self.orderIndex = orderIndex
            self.latencies = latencies
            self.invalidReasons = invalidReasons
        }
    }

    /// Below so many operations p99.9 rests on none of them.
    static let fewestOfP999 = 1000

    /// One row of what several generators did at the same time, column by column as `MergeRule` says.
    ///
    /// - Parameter parts: the rows of one run, one of each generator; at least one.
    public init(merging parts: [SummaryRow], _ run: MergedRun) {
        self.init()
        let operations = parts.map { Double($0.context.operationsCompleted) }
        for column in Self.columns {
            guard let rule = MergeRule.ofColumn[column.name], let read = column.read else { continue }
            let cells = parts.map { column.cell(of: $0).plain }
            guard let cell = rule.cell(cells, operations) else { continue }
            _ = read(&self, cell)
        }
        takeHistograms(run.latencies, parts)
        takeWindow(parts)
        foreign = parts.map(\.foreign).max { $0.taken < $1.taken } ?? ForeignFigures()
        tag.runID = run.tag.runID
        context.orderIndex = run.orderIndex
        invalidReasons = run.invalidReasons
        (leader.limiter, leader.limiterEvidence) = (run.limiter, run.limiterEvidence)
    }

    private mutating func takeHistograms(_ latencies: MergedLatencies, _ parts: [SummaryRow]) {
        // The very largest is known to the rows alone; a log has its bucket.
        let max = response.maxMicroseconds
        response = latencies.figures(.response, max: max)
        response.maxMicroseconds = max
        service = latencies.figures(.service)
        kinds.readResponse = latencies.figures(.reads)
        kinds.writeResponse = latencies.figures(.writes)
        // A curve's point that had its time with few operations leaves them out, and so do such points together.
        guard context.operationsCompleted < Self.fewestOfP999 else { return }
        if parts.contains(where: { $0.response.p999Microseconds == nil }) { response.p999Microseconds = nil }
        if parts.contains(where: { $0.service.p999Microseconds == nil }) { service.p999Microseconds = nil }
    }

    /// From the first start to the last end: all that was counted lies in it.
    private mutating func takeWindow(_ parts: [SummaryRow]) {
        let windows = MergedWindows(parts)
        startedAt = windows.start
        durationSeconds = windows.seconds
    }
}

extension SummaryRow.ForeignFigures {
    /// Of all processors, whoever had it.
    fileprivate var taken: Double { (share ?? 0) + (steal ?? 0) }
}

extension MergeRule {
    /// The cell of the merged row by the parts' cells; nil where they do not decide it.
    ///
    /// - Parameter operations: of the parts.
    func cell(_ cells: [String], _ operations: [Double]) -> String? {
        switch self {
        case .same: return Set(cells).count == 1 ? cells[0] : ""
        case .sum:
            let integers = cells.compactMap { Int($0) }
            if integers.count == cells.count { return "\(integers.reduce(0, +))" }
            return number(cells) { $0.reduce(0, +) }
        case .largest: return number(cells) { $0.max() }
        case .any: return cells.contains("true") ? "true" : cells.contains("") ? "" : "false"
        case .all: return cells.contains("false") ? "false" : cells.contains("") ? "" : "true"
        case .perOperation:
            return number(cells) { values in
                let all = operations.reduce(0, +)
                return all > 0 ? zip(values, operations).reduce(0) { $0 + $1.0 * $1.1 } / all : nil
            }
        case .histogram, .window, .own, .derived, .mostDisturbed, .empty: return nil
        }
    }

    private func number(_ cells: [String], _ combine: ([Double]) -> Double?) -> String {
        let values = cells.compactMap { Double($0) }
        guard values.count == cells.count else { return "" }
        return CSVValue.number(combine(values)).plain
    }
}

/// When the parts of one run were measured, by the clock of each one's machine.
public struct MergedWindows: Sendable, Equatable {
    private let starts: [Int64]
    private let ends: [Int64]

    /// - Parameter rows: the parts; at least one.
    public init(_ rows: [SummaryRow]) {
        starts = rows.map(\.startedAt.unixNanoseconds)
        ends = rows.map { $0.startedAt.unixNanoseconds + Int64(Swift.max(0, $0.durationSeconds) * 1e9) }
    }

    /// The first start.
    public var start: Timestamp { Timestamp(unixNanoseconds: starts.min() ?? 0) }
    /// The last start: from here on all are measured.
    public var allStarted: Timestamp { Timestamp(unixNanoseconds: starts.max() ?? 0) }
    /// From the first start to the last end.
    public var seconds: Double { Self.seconds((ends.max() ?? 0) - (starts.min() ?? 0)) }
    /// How long after the first each part began.
    public var skewSeconds: [Double] { starts.map { Self.seconds($0 - start.unixNanoseconds) } }

    /// The part of the longest window in which all were measured, from 0 to 1.
    public var sharedPart: Double {
        let longest = zip(starts, ends).map { $1 - $0 }.max() ?? 0
        guard longest > 0 else { return 0 }
        let shared = (ends.min() ?? 0) - (starts.max() ?? 0)
        return Double(Swift.max(0, shared)) / Double(longest)
    }

    private static func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }
}
