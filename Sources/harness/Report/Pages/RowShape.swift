import Results

/// How a table of load points names its rows: by the load, or by what differs within it below a line that says the load.
struct RowShape {
    /// In the order of the table's rows.
    let ordered: [LoadPointSummary]
    let labels: [LoadTable.Column]
    let heading: (LoadPointSummary) -> String?
    /// Bytes of each write, where neither rows nor headings say them.
    let payload: Int?

    init(_ groups: [LoadPointSummary]) {
        func varies<Value: Hashable>(_ value: (LoadPointSummary) -> Value) -> Bool { Set(groups.map(value)).count > 1 }
        let name = Self.name(groups)
        var order: [String] = []
        for group in groups where !order.contains(name(group)) { order.append(name(group)) }
        let isGrouped =
            order.count < groups.count
            && (varies(\.key.ensembleSize) || varies(\.key.system) || varies(\.key.observers) || varies(\.key.shards))
        ordered = isGrouped ? order.flatMap { load in groups.filter { name($0) == load } } : groups

        var labels: [LoadTable.Column] = []
        if varies(\.key.system) { labels.append(.words("system", .left) { ConsoleTable.Cell($0.key.system) }) }
        if varies(\.key.ensembleSize) {
            labels.append(.words("servers", .right) { ConsoleTable.Cell(String($0.key.ensembleSize)) })
        }
        if varies(\.key.observers) {
            labels.append(.words("observers", .right) { ConsoleTable.Cell(String($0.key.observers ?? 0)) })
        }
        if varies(\.key.shards) {
            labels.append(.words("shards", .right) { ConsoleTable.Cell(String($0.key.shards ?? 1)) })
        }
        // Rows of several systems are no sweep of logs, and yet logs may differ.
        let places = Set(groups.map { [$0.key.system, $0.key.serversInWords, name($0)] })
        if places.count < groups.count {
            labels.append(.words("log", .left) { ConsoleTable.Cell($0.key.fsyncStrategy + " " + $0.key.commit) })
        }
        payload = !isGrouped && !varies(\.key.payloadBytes) ? groups.first?.key.payloadBytes : nil
        guard !isGrouped else {
            self.labels = labels.isEmpty ? [.words("load", .left, name: name)] : labels
            heading = name
            return
        }
        let suffix = payload.map { ", \($0) B" }
        self.labels = labels + [.words("load", .left, name: { name($0).replacing(suffix ?? "\n", with: "") })]
        heading = { _ in nil }
    }

    /// Things of load points in the order of the rows.
    func order<Thing>(_ things: [Thing], by point: (Thing) -> LoadPointSummary) -> [Thing] {
        ordered.flatMap { group in things.filter { point($0).key == group.key } }
    }

    /// The load's name, and what else tells it from others.
    private static func name(_ groups: [LoadPointSummary]) -> @Sendable (LoadPointSummary) -> String {
        func varies<Value: Hashable>(_ value: (LoadKey) -> Value) -> Bool {
            // Between loads whose names differ nothing need be said.
            Dictionary(grouping: groups, by: \.loadName).values.contains { same in
                Set(same.map { value($0.key) }).count > 1
            }
        }
        let (links, mix, keys, turns) = (varies(\.links), varies(\.mix), varies(\.keys), varies(\.turnMilliseconds))
        return { point in
            var parts = [point.loadName]
            if links { parts.append(point.key.links.isEmpty ? "direct links" : point.key.links) }
            if mix { parts.append(point.key.mix) }
            if keys { parts.append(Count(point.key.keys, "key").description) }
            if turns { parts.append(point.key.turnMilliseconds.map { "in turns of \($0) ms" } ?? "alone") }
            return parts.joined(separator: ", ")
        }
    }
}

extension LoadTable.Column {
    /// A label that may need several lines.
    fileprivate static func words(
        _ title: String,
        _ alignment: ConsoleTable.Alignment,
        name: @escaping (LoadPointSummary) -> String
    ) -> LoadTable.Column {
        .words(title, alignment, isProse: true) { ConsoleTable.Cell(name($0)) }
    }
}
