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

    /// What a server's counter grew by between two moments of CLOCK_MONOTONIC.
    ///
    /// Between two samples the counter is taken to grow evenly, so the moments need not fall on samples. Outside the
    /// samples the nearest one counts. Nil where the counter is unknown, or where it went back: the server was
    /// restarted, and a part of its work is in no sample.
    public func growth(of counter: String, server id: Int, from: UInt64, to: UInt64) -> Double? {
        let known = samples(of: id).compactMap { sample in
            sample.counters[counter].map { (at: sample.monotonicNanoseconds, value: $0) }
        }
        guard known.count >= 2 else { return nil }
        for (one, next) in zip(known, known.dropFirst()) where next.value < one.value { return nil }
        return Self.value(at: to, known) - Self.value(at: from, known)
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

    private static func value(at moment: UInt64, _ known: [(at: UInt64, value: UInt64)]) -> Double {
        guard let after = known.firstIndex(where: { $0.at >= moment }) else {
            return Double(known[known.count - 1].value)
        }
        guard after > 0 else { return Double(known[0].value) }
        let (left, right) = (known[after - 1], known[after])
        guard right.at > left.at else { return Double(right.value) }
        let share = Double(moment - left.at) / Double(right.at - left.at)
        return Double(left.value) + share * (Double(right.value) - Double(left.value))
    }
}
