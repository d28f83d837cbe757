import Results
import Statistics

/// What a results folder answers, a sentence for each question, from its typed rows alone.
public enum Answers {
    /// - Returns: the most telling first; empty where no run is a result and no fault was made.
    public static func of(_ results: StoredResults) -> [Answer] {
        if !results.faults.isEmpty { return outages(ElectionSummary.grouped(results.faults)) }
        let curves = curves(results.runs)
        let points = LoadPointSummary.grouped(results.runs).filter { !$0.valid.isEmpty && !$0.key.isOfCurve }
        let names = SettingNames(points.map(\.key))
        if Set(points.map(\.key.system)).count > 1 {
            return (points.contains(where: \.isDurabilityUnequal) ? [] : systems(points, names)) + curves
        }
        if names.isLogSweep { return strategies(points, names) + curves }
        let answers = loads(points, names)
        return answers + followers(results.runs, names) + curves
    }

    // MARK: Figures

    static func value(_ name: String, _ found: Distribution, unit: String) -> Answer.Value {
        Answer.Value(
            name: name,
            value: found.median,
            interval: found.interval.map { $0.low...$0.high },
            unit: unit
        )
    }

    /// `writes`, `transactions` of several, or `operations` where reads are among them.
    static func noun(_ key: LoadKey) -> String {
        if !key.recipe.isEmpty { return "recipes" }
        let parts = key.mix.split(separator: " ").map { $0.split(separator: ":")[0] }
        let writes: Set<Substring> = ["set", "create", "delete", "multi"]
        return parts.isEmpty || !parts.allSatisfy(writes.contains)
            ? "operations" : key.multi == nil ? "writes" : "transactions"
    }

    /// `485,000 durable writes/s (460,000 to 500,000, 95 % of 5 runs), p99 6.91 ms (6.2 to 7.7 ms)`. Durable is only what the
    /// simulator has proven; what it has refuted is said, too.
    static func rate(_ point: LoadPointSummary) -> (text: String, values: [Answer.Value])? {
        guard let achieved = point.distribution(\.achievedPerSecond) else { return nil }
        let noun = noun(point.key)
        let adjective = point.durability.isProven && noun != "operations" ? "durable " : ""
        var values = [value("achieved", achieved, unit: "\(noun)/s")]
        var text = "\(AnswerWords.count(achieved.median)) \(adjective)\(noun)/s"
        text += AnswerWords.interval(values[0].interval, of: achieved.count, "run", AnswerWords.count)
        if let p99 = point.distribution(\.response.p99Microseconds) {
            values.append(value("p99", p99, unit: "µs"))
            text += ", p99 \(AnswerWords.latency(p99.median))"
            text += AnswerWords.interval(values[values.count - 1].interval, AnswerWords.latency)
        }
        return (text, values)
    }

    /// `p50 350 µs (340 to 361 µs, 95 % of 5 runs), p99 1.2 ms (1.1 to 1.3 ms)`.
    static func latency(_ point: LoadPointSummary) -> (text: String, values: [Answer.Value])? {
        guard let p50 = point.distribution(\.response.p50Microseconds) else { return nil }
        var values = [value("p50", p50, unit: "µs")]
        var text = "p50 \(AnswerWords.latency(p50.median))"
        text += AnswerWords.interval(values[0].interval, of: p50.count, "run", AnswerWords.latency)
        if let p99 = point.distribution(\.response.p99Microseconds) {
            values.append(value("p99", p99, unit: "µs"))
            text += ", p99 \(AnswerWords.latency(p99.median))"
            text += AnswerWords.interval(values[1].interval, AnswerWords.latency)
        }
        return (text, values)
    }

    /// `; the leader's loop is the limit`, of most of the runs; empty where the files do not say.
    static func limit(_ point: LoadPointSummary) -> String {
        let found = point.valid.compactMap(\.limiter)
        guard
            let most = Limiter.allCases.max(by: { one, other in
                found.count { $0 == one } < found.count { $0 == other }
            }), found.contains(most)
        else { return "" }
        return "; " + most.words(cores: point.valid.first?.context.cores ?? 0)
    }

    /// What is known to be lost; empty for what is proven, and for what nobody tried, which a warning says of all at once.
    static func caution(_ durability: SummaryRow.Durability) -> String {
        guard durability.isLossy else { return "" }
        let event = durability.survivesProcessCrash == false ? "a process crash" : "power loss"
        guard let lost = durability.acknowledgedLost, lost > 0 else { return "; not durable: it fails at \(event)" }
        return "; not durable: the simulator lost \(ConsoleTable.grouped(Double(lost))) acknowledged writes at \(event)"
    }
}

extension Limiter {
    /// As the end of a sentence.
    func words(cores: Int) -> String {
        switch self {
        case .generator: "the load generator is the limit"
        case .others: "other programs on the machine are the limit"
        case .loopThread: "the leader's loop is the limit"
        case .logThread: "the leader's log thread is the limit"
        case .leaderThread: "one thread of the leader is the limit"
        case .wholeMachine: "the machine\(cores > 0 ? " (\(cores) cores)" : "") is the limit"
        case .diskSync: "disk syncs are the limit"
        case .egress: "the leader's network output is the limit"
        case .latency: "no resource is exhausted, so latency is the limit"
        case .offeredRate: "it kept up with the offered rate"
        }
    }
}
