/// What makes two runs repeats of each other: all that was asked for, and nothing that came of it. What was made slower on
/// purpose is not in it: whoever does that wants to see it compared.
public struct LoadKey: Hashable, Sendable {
    public var system = ""
    public var placement = ""
    /// Of several sizes together (`acrossSizes`), 0.
    public var ensembleSize = 0
    public var fsyncStrategy = ""
    public var batchPolicy = ""
    public var inFlight: Int?
    /// `one` or `separate`; empty in files of older versions.
    public var logDirectories = ""
    public var point = ""
    /// `closed`, `open_fixed`, `open_poisson`, `open_recorded` or `storm`.
    public var mode = ""
    public var clients = 0
    public var outstanding = 0
    public var payloadBytes = 0
    public var ratePerSecond: Double?
    public var connectTo = ""
    public var mix = ""
    public var keys = 0
    public var links = ""
    public var turnMilliseconds: Int?
    public var rateProfile = ""
    /// Of a curve's point; nil for what is none.
    public var ofCapacity: Double?
    /// setData of a transaction; nil for plain writes.
    public var multi: Int?
    /// `linearizable`; empty for local reads, and for none.
    public var reads = ""
    /// Servers without a vote; nil for none.
    public var observers: Int?
    /// Ensembles that share the keys; nil for one.
    public var shards: Int?
    public var recipe = ""
    public var storm = ""
    public var stormWatches: Int?
    public var stormReaders: Int?

    public init() {}

    public init(_ run: SummaryRow) {
        system = run.tag.system
        placement = run.placement
        ensembleSize = run.tag.ensembleSize
        fsyncStrategy = run.tag.fsyncStrategy ?? ""
        batchPolicy = run.batchPolicy ?? ""
        inFlight = run.log.inFlight
        logDirectories = run.log.directories ?? ""
        point = run.load.point
        mode = run.load.mode
        clients = run.load.clients
        outstanding = run.load.outstanding
        payloadBytes = run.load.payloadBytes
        ratePerSecond = run.load.ratePerSecond
        connectTo = run.load.connectTo
        mix = run.load.mix
        keys = run.load.keys
        links = run.links
        turnMilliseconds = run.context.turnMilliseconds
        rateProfile = run.load.rateProfile
        ofCapacity = run.load.ofCapacity
        // What is usual is as in files of versions that know nothing else.
        multi = run.load.multi == 1 ? nil : run.load.multi
        reads = run.load.reads == "local" ? "" : run.load.reads
        observers = run.observers == 0 ? nil : run.observers
        shards = run.shards == 1 ? nil : run.shards
        recipe = run.load.recipe
        storm = run.load.storm
        stormWatches = run.load.stormWatches
        stormReaders = run.load.stormReaders
    }

    /// Whether it is one of a curve's points.
    public var isOfCurve: Bool { ofCapacity != nil }

    /// What all points of one curve share.
    public var curve: LoadKey {
        var key = self
        key.ofCapacity = nil
        return key
    }

    /// The same load on any number of servers, at whatever rate.
    public var acrossSizes: LoadKey {
        var key = self
        key.ensembleSize = 0
        key.ratePerSecond = nil
        return key
    }

    /// Whether nothing but the log differs.
    public func isSameLoad(as other: LoadKey) -> Bool {
        var same = self
        same.fsyncStrategy = other.fsyncStrategy
        same.batchPolicy = other.batchPolicy
        same.inFlight = other.inFlight
        same.logDirectories = other.logDirectories
        return same == other
    }
}

extension LoadKey {
    /// As summary.csv calls them.
    public static let columns: [Column<LoadKey>] = [
        Column("system", \.system, ""), Column("placement", \.placement, ""),
        Column("ensemble_size", \.ensembleSize, "").within(CellRange.servers),
        Column("fsync_strategy", \.fsyncStrategy, ""),
        Column("batch_policy", \.batchPolicy, ""), Column("in_flight", \.inFlight, ""),
        Column("log_directories", \.logDirectories, ""), Column("point", \.point, ""), Column("load_mode", \.mode, ""),
        Column("clients", \.clients, "").within(CellRange.counts),
        Column("outstanding", \.outstanding, "").within(CellRange.counts),
        Column("payload_bytes", \.payloadBytes, ""), Column("rate_per_s", \.ratePerSecond, ""),
        Column("connect_to", \.connectTo, ""), Column("mix", \.mix, ""), Column("keys", \.keys, ""),
        Column("links", \.links, ""), Column("turn_ms", \.turnMilliseconds, ""),
        Column("rate_profile", \.rateProfile, ""), Column("of_capacity", \.ofCapacity, ""),
        Column("multi", \.multi, "").within(CellRange.counts), Column("reads", \.reads, ""),
        Column("observers", \.observers, "").within(CellRange.counts),
        Column("recipe", \.recipe, ""), Column("storm", \.storm, ""), Column("storm_watches", \.stormWatches, ""),
        Column("storm_readers", \.stormReaders, ""), Column("shards", \.shards, "").within(CellRange.counts),
    ]

    /// The cells that say something, by column: how a history file holds it.
    public var members: [String: String] {
        var members: [String: String] = [:]
        for column in Self.columns {
            let text = column.cell(of: self).plain
            if !text.isEmpty { members[column.name] = text }
        }
        return members
    }

    /// - Parameter members: as `members` writes them; what is missing or cannot be read says nothing.
    public init(members: [String: String]) {
        for column in Self.columns { _ = column.read?(&self, members[column.name] ?? "") }
    }
}

extension LoadKey: Comparable {
    /// By system, ensemble, load and log, so that a shuffled order of runs does not show: methods together, and with each
    /// what was varied about it.
    public static func < (left: LoadKey, right: LoadKey) -> Bool {
        for (one, other) in zip(left.ranks, right.ranks) where one != other { return one < other }
        return false
    }

    private enum Rank: Comparable {
        case number(Double)
        case text(String)
    }

    private var ranks: [Rank] {
        [
            .text(system), .text(placement), .text(NaturalOrder.key(point)), .number(Double(ensembleSize)),
            .number(Double(clients)), .number(Double(outstanding)), .number(Double(payloadBytes)), .text(mode),
            .number(ratePerSecond ?? 0), .text(rateProfile), .number(ofCapacity ?? 0), .text(connectTo), .text(mix),
            .number(Double(keys)), .number(Double(multi ?? 1)), .text(reads), .number(Double(observers ?? 0)),
            .number(Double(shards ?? 1)),
            .text(NaturalOrder.key(fsyncStrategy)),
            .text(NaturalOrder.key(batchPolicy == "natural" ? "" : batchPolicy)),
            .number(Double(inFlight ?? 0)), .text(logDirectories), .text(links),
            .number(Double(turnMilliseconds ?? 0)), .text(recipe), .text(storm), .number(Double(stormWatches ?? 0)),
            .number(Double(stormReaders ?? 0)),
        ]
    }
}
