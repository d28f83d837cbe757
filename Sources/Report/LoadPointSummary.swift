import Measure

/// All repeats of one combination of system, ensemble and load, with medians over the valid ones.
public struct LoadPointSummary: Sendable {
    /// What makes two runs repeats of each other.
    public struct Key: Hashable, Sendable {
        public var system: String
        public var placement: String
        public var ensembleSize: Int
        public var fsyncStrategy: String
        public var batchPolicy: String
        public var point: String
        public var mode: String
        public var clients: Int
        public var outstanding: Int
        public var payloadBytes: Int
        public var ratePerSecond: Double?
        public var connectTo: String
        public var mix: String
        public var keys: Int

        init(_ row: SummaryRow) {
            system = row.tag.system
            placement = row.placement
            ensembleSize = row.tag.ensembleSize
            fsyncStrategy = row.tag.fsyncStrategy ?? ""
            batchPolicy = row.batchPolicy ?? ""
            point = row.load.point
            mode = row.load.mode
            clients = row.load.clients
            outstanding = row.load.outstanding
            payloadBytes = row.load.payloadBytes
            ratePerSecond = row.load.ratePerSecond
            connectTo = row.load.connectTo
            mix = row.load.mix
            keys = row.load.keys
        }
    }

    public var key: Key
    public var rows: [SummaryRow]

    public var valid: [SummaryRow] { rows.filter(\.isValid) }

    /// Median, least and greatest of one figure over the valid repeats; nil where there is none.
    public func distribution(_ figure: (SummaryRow) -> Double?) -> Distribution? {
        Distribution(valid.compactMap(figure))
    }

    /// Groups rows, ordered by system, ensemble and load, so that a shuffled order of runs does not show.
    public static func grouped(_ rows: [SummaryRow]) -> [LoadPointSummary] {
        var order: [Key] = []
        var groups: [Key: [SummaryRow]] = [:]
        for row in rows {
            let key = Key(row)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        let sorted = order.sorted { left, right in
            let first = (left.system, left.placement, left.point, left.ensembleSize, left.fsyncStrategy)
            let second = (right.system, right.placement, right.point, right.ensembleSize, right.fsyncStrategy)
            if first != second { return first < second }
            return (left.clients, left.outstanding, left.payloadBytes, left.mode, left.ratePerSecond ?? 0)
                < (right.clients, right.outstanding, right.payloadBytes, right.mode, right.ratePerSecond ?? 0)
        }
        return sorted.map { LoadPointSummary(key: $0, rows: groups[$0, default: []]) }
    }

    /// `saturation: closed 16x64, 128 B`, as tables and charts name the load.
    public var loadName: String {
        var text = key.point.isEmpty ? "" : key.point + ": "
        text += key.mode == "closed" ? "closed" : key.mode.replacing("_", with: " ")
        if let rate = key.ratePerSecond { text += " " + ConsoleTable.grouped(rate) + "/s" }
        text += " \(key.clients)x\(key.outstanding), \(key.payloadBytes) B"
        return text
    }
}
