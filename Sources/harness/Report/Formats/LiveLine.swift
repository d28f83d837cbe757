/// What `run` shows on a terminal while it goes on, in one line that fits: the fields that matter least give way.
public struct LiveLine: Sendable, Equatable {
    /// `measuring`, `starting servers`, `reading back`; always shown.
    public var phase: String
    /// From 1.
    public var run: Int
    public var runs: Int
    /// Of this run.
    public var elapsedSeconds: Double?
    /// `about 7 min left`, of all runs.
    public var left: String?
    /// Of the last second.
    public var perSecond: Double?
    public var p99Microseconds: Double?
    public var leader: Int?
    /// Of the load so far.
    public var errors = 0

    public init(phase: String, run: Int, of runs: Int) {
        self.phase = phase
        self.run = run
        self.runs = runs
    }

    /// - Parameter columns: of the terminal. A line that wraps could not be rewritten, so it is one shorter at least.
    public func text(columns: Int) -> String {
        let most = max(1, columns - 1)
        var fields = fields
        func line() -> String { fields.map(\.text).joined(separator: "  ") }
        while line().count > most, let least = fields.map(\.rank).max(), least > 0 {
            fields.removeAll { $0.rank == least }
        }
        let text = line()
        guard text.count > most else { return text }
        return text.prefix(most - 1) + "…"
    }

    /// In the order in which they are shown; 0 stays, and the others go from the greatest rank on.
    private var fields: [(text: String, rank: Int)] {
        var fields: [(text: String, rank: Int)] = [("[\(run)/\(runs)] \(phase)", 0)]
        if let elapsedSeconds { fields.append((Self.clock(elapsedSeconds), 5)) }
        if let perSecond { fields.append((ConsoleTable.grouped(perSecond) + "/s", 1)) }
        if let p99Microseconds { fields.append(("p99 " + ConsoleTable.latency(microseconds: p99Microseconds), 2)) }
        if let leader { fields.append(("leader \(leader)", 6)) }
        if errors > 0 {
            fields.append((Count(errors, "error").description, 0))
        } else if perSecond != nil {
            fields.append(("no errors", 7))
        }
        if let left { fields.append((left, 4)) }
        return fields
    }

    /// `7 s`, `2:05`, `1:02:05`.
    static func clock(_ seconds: Double) -> String {
        let whole = max(0, Int(seconds))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60):\(two(whole % 60))" }
        return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }
}
