/// The samples of one run, by server, and what they say about a stretch of time.
public struct ServerHistory: Sendable {
    private var samplesOfServer: [Int: [ServerSample]] = [:]

    public init() {}

    public mutating func add(_ samples: [ServerSample]) {
        for sample in samples { samplesOfServer[sample.serverID, default: []].append(sample) }
    }

    /// Ids of the servers that ever answered, ascending.
    public var serverIDs: [Int] { samplesOfServer.keys.sorted() }

    /// A server's samples in the order of time.
    public func samples(of id: Int) -> [ServerSample] { samplesOfServer[id, default: []] }

    /// What a server's counter grew by between two moments of CLOCK_MONOTONIC, as `CounterSeries` has it. Nil where the
    /// counter is unknown or the server was restarted.
    public func growth(of counter: String, server id: Int, from: UInt64, to: UInt64) -> Double? {
        let known = samples(of: id).compactMap { sample in
            sample.counters[counter].map { (at: sample.monotonicNanoseconds, value: $0) }
        }
        return CounterSeries(known).growth(from: from, to: to)
    }

    /// Group commits of a server; of servers that do not count them apart, their syncs, of which each group has one.
    public func groupCommits(server id: Int, from: UInt64, to: UInt64) -> Double? {
        growth(of: "group_commits", server: id, from: from, to: to)
            ?? growth(of: "syncs", server: id, from: from, to: to)
    }

    /// The thread of a server that had a processor for longest between two moments, and for how long; nil where its threads
    /// are not told apart.
    public func busiestThread(of id: Int, from: UInt64, to: UInt64) -> (name: String, microseconds: Double)? {
        let prefix = ThreadCounters.threadPrefix
        let known = Set(samples(of: id).flatMap { $0.counters.keys.filter { $0.hasPrefix(prefix) } })
        let threads = known.sorted().compactMap { key in
            growth(of: key, server: id, from: from, to: to).map { (key: key, microseconds: $0) }
        }
        guard let most = threads.max(by: { $0.microseconds < $1.microseconds }) else { return nil }
        let words = most.key.dropFirst(prefix.count).split(separator: ":", maxSplits: 1)
        return (words.count > 1 ? String(words[1]) : "", most.microseconds)
    }

    /// That of the server that grew most; nil unless every one of `ids` knows it.
    public func greatestGrowth(of counter: String, servers ids: [Int], from: UInt64, to: UInt64) -> Double? {
        let known = ids.compactMap { growth(of: counter, server: $0, from: from, to: to) }
        return known.count == ids.count ? known.max() : nil
    }

    /// The growth over all servers; nil unless every one of `ids` knows it.
    public func growth(of counter: String, servers ids: [Int], from: UInt64, to: UInt64) -> Double? {
        guard !ids.isEmpty else { return nil }
        var sum = 0.0
        for id in ids {
            guard let growth = growth(of: counter, server: id, from: from, to: to) else { return nil }
            sum += growth
        }
        return sum
    }
}
