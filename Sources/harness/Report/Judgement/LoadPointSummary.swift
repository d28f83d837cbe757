import Statistics

/// All repeats of one combination of system, ensemble and load, with medians over the valid ones.
public struct LoadPointSummary: Sendable {
    /// What makes two runs repeats of each other.
    public struct Key: Hashable, Sendable {
        public var system: String
        public var placement: String
        public var ensembleSize: Int
        public var fsyncStrategy: String
        public var batchPolicy: String
        public var inFlight: Int?
        public var logDirectories: String
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
            inFlight = row.log.inFlight
            logDirectories = row.log.directories ?? ""
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

        /// Whether nothing but the log differs.
        func isSameLoad(as other: Key) -> Bool {
            var same = self
            same.fsyncStrategy = other.fsyncStrategy
            same.batchPolicy = other.batchPolicy
            same.inFlight = other.inFlight
            same.logDirectories = other.logDirectories
            return same == other
        }

        /// Methods together, and with each what was varied about it.
        fileprivate var logOrder: (String, String, Int, String) {
            (
                NaturalOrder.key(fsyncStrategy), NaturalOrder.key(batchPolicy == "natural" ? "" : batchPolicy),
                inFlight ?? 0, logDirectories
            )
        }
    }

    public var key: Key
    public var rows: [SummaryRow]

    public var valid: [SummaryRow] { rows.filter(\.isValid) }

    /// Whether every run was asked for more than the servers can do, and nothing else was wrong.
    public var isOverloaded: Bool { rows.allSatisfy { RunValidity.isOverload($0.invalidReasons) } }

    /// Whether each load has a result. In a sweep over logs a rate that is too high for one of them is an answer, as long
    /// as another can do it: then that one has the result.
    public static func areAnswered(_ groups: [LoadPointSummary]) -> Bool {
        let sweep = LogSweep(groups)
        return groups.allSatisfy { group in
            guard group.valid.isEmpty else { return true }
            return sweep.isSweep && group.isOverloaded
                && groups.contains { $0.key.isSameLoad(as: group.key) && !$0.valid.isEmpty }
        }
    }

    /// Median, least and greatest of one figure over the valid repeats; nil where there is none.
    public func distribution(_ figure: (SummaryRow) -> Double?) -> Distribution? {
        Distribution(valid.compactMap(figure))
    }

    /// Groups rows, ordered by system, ensemble, load and log, so that a shuffled order of runs does not show.
    public static func grouped(_ rows: [SummaryRow]) -> [LoadPointSummary] {
        var order: [Key] = []
        var groups: [Key: [SummaryRow]] = [:]
        for row in rows {
            let key = Key(row)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        let sorted = order.sorted { left, right in
            let first = (left.system, left.placement, left.point, left.ensembleSize)
            let second = (right.system, right.placement, right.point, right.ensembleSize)
            if first != second { return first < second }
            let load = (left.clients, left.outstanding, left.payloadBytes, left.mode, left.ratePerSecond ?? 0)
            let other = (right.clients, right.outstanding, right.payloadBytes, right.mode, right.ratePerSecond ?? 0)
            if load != other { return load < other }
            if left.connectTo != right.connectTo { return left.connectTo < right.connectTo }
            return left.logOrder < right.logOrder
        }
        return sorted.map { LoadPointSummary(key: $0, rows: groups[$0, default: []]) }
    }

    /// What is proven about the strategy: the same in all rows.
    public var durability: SummaryRow.Durability { rows.first?.durability ?? SummaryRow.Durability() }

    /// Where the clients are, unless they are spread over all servers.
    static func placement(_ connectTo: String) -> String {
        switch connectTo {
        case "leader": ", on the leader"
        case "followers": ", on the followers"
        default: ""
        }
    }

    /// `saturation: closed 16x64, 128 B`, as tables and charts name the load.
    public var loadName: String {
        var text = key.point.isEmpty ? "" : key.point + ": "
        text += key.mode == "closed" ? "closed" : key.mode.replacing("_", with: " ")
        if let rate = key.ratePerSecond { text += " " + ConsoleTable.grouped(rate) + "/s" }
        text += " \(key.clients)x\(key.outstanding), \(key.payloadBytes) B" + Self.placement(key.connectTo)
        return text
    }
}
