import Replica
import Znodes

/// A figure under ZooKeeper's name for it.
struct Metric {
    enum Value {
        case gauge(Int)
        case fraction(Double)
        case counter(Int)
        case summary(Summary)
    }

    /// In milliseconds, but for what has no unit.
    struct Summary {
        var count: Int
        var sum: Double
        var least: Double
        var most: Double
        /// What quantiles are made of, if there are any.
        var tally: LatencyTally?

        var mean: Double { count == 0 ? 0 : sum / Double(count) }

        /// What came after `earlier`. The extremes are set back by who counts, and of nothing there are none.
        func since(_ earlier: Summary) -> Summary {
            var rest = self
            rest.count -= earlier.count
            rest.sum = max(0, rest.sum - earlier.sum)
            if let tally, let before = earlier.tally { rest.tally = tally.since(before) }
            if rest.count == 0 { (rest.sum, rest.least, rest.most) = (0, 0, 0) }
            return rest
        }
    }

    var name: String
    /// Whom it is about, where a name has one figure for each of several.
    var subject: String?
    var value: Value

    init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }

    /// Of latencies.
    init(_ name: String, of subject: String? = nil, _ tally: LatencyTally, hasQuantiles: Bool = false) {
        self.name = name
        self.subject = subject
        value = .summary(
            Summary(
                count: Int(tally.count),
                sum: Double(tally.sum) / 1000,
                least: tally.least > tally.most ? 0 : Double(tally.least) / 1000,
                most: Double(tally.most) / 1000,
                tally: hasQuantiles ? tally : nil
            )
        )
    }

    init(_ name: String, _ tally: CountTally) {
        self.name = name
        value = .summary(
            Summary(
                count: tally.count,
                sum: Double(tally.sum),
                least: tally.least > tally.most ? 0 : Double(tally.least),
                most: Double(tally.most)
            )
        )
    }

    /// Of something that happens once: nil if it has not.
    init(_ name: String, once value: Double?) {
        self.name = name
        let value = value ?? 0
        self.value = .summary(Summary(count: value == 0 ? 0 : 1, sum: value, least: value, most: value))
    }

    /// As `mntr` calls it, without `zk_`.
    var key: String { subject.map { "\($0)_\(name)" } ?? name }

    /// What came after an earlier value of the same metric, as `srst` has it; gauges have no past.
    func since(_ earlier: Value?) -> Metric {
        var rest = self
        switch (value, earlier) {
        case (.counter(let now), .counter(let before)): rest.value = .counter(now - before)
        case (.summary(let now), .summary(let before)): rest.value = .summary(now.since(before))
        default: break
        }
        return rest
    }

    /// As `mntr` and the admin server's `monitor` have it, without `zk_`.
    var fields: [(key: String, value: JSON)] {
        switch value {
        case .gauge(let value), .counter(let value): return [(key, .int(value))]
        case .fraction(let value): return [(key, .double(Self.rounded(value)))]
        case .summary(let summary):
            var fields: [(String, JSON)] = [
                ("avg_" + key, .double(Self.rounded(summary.mean))), ("min_" + key, .int(Int(summary.least))),
                ("max_" + key, .int(Int(summary.most))), ("cnt_" + key, .int(summary.count)),
                ("sum_" + key, .int(Int(summary.sum))),
            ]
            guard let tally = summary.tally else { return fields }
            for (prefix, q) in [("p50_", 0.5), ("p95_", 0.95), ("p99_", 0.99), ("p999_", 0.999)] {
                fields.append((prefix + key, .int(Int(tally.quantile(q) / 1000))))
            }
            return fields
        }
    }

    /// As Prometheus reads them, format 0.0.4. Those of one name stand together.
    static func exposition(_ metrics: [Metric]) -> String {
        var text = ""
        var name: String?
        for metric in metrics {
            if metric.name != name {
                text += "# HELP \(metric.name) \(metric.name)\n# TYPE \(metric.name) \(metric.kind)\n"
            }
            name = metric.name
            text += metric.samples
        }
        return text
    }

    private var kind: String {
        switch value {
        case .gauge, .fraction: "gauge"
        case .counter: "counter"
        case .summary: "summary"
        }
    }

    private var samples: String {
        switch value {
        case .gauge(let value), .counter(let value): return "\(name) \(Double(value))\n"
        case .fraction(let value): return "\(name) \(value)\n"
        case .summary(let summary):
            let label = subject.map { "key=\"\($0)\"" }
            var text = ""
            if let tally = summary.tally {
                for q in [0.5, 0.9, 0.99] {
                    let labels = [label, "quantile=\"\(q)\""].compactMap(\.self).joined(separator: ",")
                    text += "\(name){\(labels)} \(Double(tally.quantile(q)) / 1000)\n"
                }
            }
            let labels = label.map { "{\($0)}" } ?? ""
            return text + "\(name)_count\(labels) \(Double(summary.count))\n\(name)_sum\(labels) \(summary.sum)\n"
        }
    }

    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
