import Results
import Statistics

/// Throughput and latency, by the number of servers where there are several.
extension Answers {
    /// A load on all of its sizes.
    private struct Load {
        var key: LoadKey
        var points: [LoadPointSummary]

        var isSerial: Bool { key.mode == "closed" && key.clients * key.outstanding == 1 }
        var isClosed: Bool { key.mode == "closed" && !isSerial }
        /// With the most servers, since that is where loads differ most.
        var most: Double { points.last?.distribution(\.achievedPerSecond)?.median ?? 0 }
    }

    static func loads(_ points: [LoadPointSummary], _ names: SettingNames) -> [Answer] {
        var keyed = Dictionary(grouping: points) { point -> LoadKey in
            var key = point.key
            key.ensembleSize = 0
            return key
        }
        .map { Load(key: $0.key, points: $0.value.sorted { $0.key.ensembleSize < $1.key.ensembleSize }) }
        keyed.sort { $0.key < $1.key }
        let closed = keyed.filter(\.isClosed)
        let others = keyed.filter { !$0.isClosed }
        // Of several loads that show what the servers can do, the one that got most out of them.
        let headline = closed.max { $0.most < $1.most }
        let hasSizes = points.contains { $0.key.ensembleSize != points.first?.key.ensembleSize }
        var answers = headline.map { throughput($0, names, hasSizes: hasSizes, isOnly: closed.count == 1) } ?? []
        for load in others {
            answers += hasSizes ? [latencyBySize(load, names)].compactMap { $0 } : alone(load, names)
        }
        return answers
    }

    private static func throughput(_ load: Load, _ names: SettingNames, hasSizes: Bool, isOnly: Bool) -> [Answer] {
        var answers = load.points.compactMap { point -> Answer? in
            guard let (text, values) = rate(point) else { return nil }
            let size =
                (point.key.shards.map { "\(Count($0, "shard")) of " } ?? "")
                + SettingNames.servers(point.key.ensembleSize)
            return Answer(
                question: .throughput,
                subject: hasSizes && isOnly ? size : "\(size), \(names.load(point.key))",
                values: values,
                statement: text + limit(point) + caution(point.durability) + "."
            )
        }
        if let relation = relation(load, names) { answers.append(relation) }
        return answers
    }

    /// How much of the smallest ensemble's throughput the largest has.
    private static func relation(_ load: Load, _ names: SettingNames) -> Answer? {
        guard let small = load.points.first, let large = load.points.last,
            small.key.ensembleSize < large.key.ensembleSize,
            let found = RunRatio(large.valid.map(\.achievedPerSecond), to: small.valid.map(\.achievedPerSecond))
        else { return nil }
        func percent(_ share: Double) -> String { ConsoleTable.threeDigits(share * 100) + " %" }
        let change =
            switch found.isDifferent {
            case true?: "throughput \(found.ratio < 1 ? "falls" : "rises") to "
            case false?: "no difference in throughput is shown: "
            case nil: "measured throughput is "
            }
        let text = change + percent(found.ratio) + found.intervalInWords(percent)
        return Answer(
            question: .sizes,
            subject:
                "From \(SettingNames.servers(small.key.ensembleSize)) to \(large.key.ensembleSize), \(names.load(load.key))",
            values: [Answer.Value(name: "ratio", value: found.ratio, interval: found.interval, unit: "")],
            statement: text + "."
        )
    }

    private static func alone(_ load: Load, _ names: SettingNames) -> [Answer] {
        load.points.compactMap { point in
            guard let (text, values) = latency(point) else { return nil }
            return Answer(
                question: .latency,
                subject: subject(load, names),
                values: values,
                statement: text + "."
            )
        }
    }

    /// `One write at a time (serial)`, `At 10,000 writes/s (steady)`.
    private static func subject(_ load: Load, _ names: SettingNames) -> String {
        let noun = noun(load.key)
        let name = names.load(load.key)
        let point = load.key.point.isEmpty ? "" : " (\(name))"
        if load.isSerial { return "One \(noun.dropLast()) at a time" + point }
        if let rate = load.key.ratePerSecond { return "At \(ConsoleTable.grouped(rate)) \(noun)/s" + point }
        return name
    }

    private static func latencyBySize(_ load: Load, _ names: SettingNames) -> Answer? {
        guard let small = load.points.first, let large = load.points.last,
            let first = latency(small), let last = latency(large)
        else { return nil }
        guard small.key.ensembleSize < large.key.ensembleSize else { return alone(load, names).first }
        return Answer(
            question: .latency,
            subject: subject(load, names),
            values: first.values + last.values,
            statement: "\(first.text) with \(SettingNames.servers(small.key.ensembleSize)), \(last.text) with "
                + "\(large.key.ensembleSize)."
        )
    }
}
