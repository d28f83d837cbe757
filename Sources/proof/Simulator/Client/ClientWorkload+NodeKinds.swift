import Randomness
import Wire

/// Containers, TTL nodes and quotas, drawn from a stream of their own: in half of the seeds a part of the operations is
/// about them.
struct NodeKindWorkload {
    private var random: SplitMix64
    private let isActive: Bool
    private let name: String
    private var writes = 0

    init(setup: Setup, index: Int) {
        var habits = SplitMix64(seed: setup.seed, stream: Setup.Stream.nodeKinds)
        name = "c\(index)n"
        isActive = habits.below(2) == 0 && !setup.scenario.countsLosses
        random = SplitMix64(seed: setup.seed, stream: Setup.Stream.nodeKinds + 1 + UInt64(index))
    }

    private static let containers = ["/c0", "/c1", "/q0/c"]
    private static let timed = ["/t0", "/t1", "/c0/t", "/q0/t"]
    private static let children = ["/c0/a", "/c1/a", "/t0/a", "/q0/c/a", "/q0", "/q0/a", "/q0/b", "/q0/b/x", "/q0/b/y"]
    private static let quotaNodes = ["/zookeeper/quota/q0", "/zookeeper/quota/q0/b"]
    private static let limits = ["count=5,bytes=-1", "count=-1,bytes=-1=;countHardLimit=4", "byteHardLimit=300"]

    private mutating func data() -> [UInt8] {
        writes += 1
        return Array("\(name)\(writes)".utf8) + repeatElement(UInt8(ascii: "."), count: random.below(100))
    }

    private mutating func one(of list: [String]) -> String { list[random.below(list.count)] }

    /// Nil: something else is asked for.
    mutating func next() -> ClientOperation? {
        guard isActive, random.below(4) == 0 else { return nil }
        let parts = part()
        guard random.below(6) == 0 else { return parts }
        return .multi([parts, part(), part()].filter(Self.mayBeInAMulti))
    }

    private static func mayBeInAMulti(_ operation: ClientOperation) -> Bool {
        switch operation {
        case .create, .createSwept, .delete, .setData: true
        default: false
        }
    }

    private mutating func part() -> ClientOperation {
        switch random.below(24) {
        case ..<3: return .createSwept(path: one(of: Self.containers), data: data(), ttl: nil)
        case ..<6: return .createSwept(path: one(of: Self.timed), data: data(), ttl: Int64(1) << random.below(12))
        case ..<12: return .create(path: one(of: Self.children), data: data(), wantsStat: random.below(2) == 0)
        case ..<15: return .delete(path: one(of: Self.children))
        case ..<17: return .setData(path: one(of: Self.timed + Self.children), data: data())
        case ..<18: return .getChildren(path: one(of: Self.containers), watch: random.below(2) == 0)
        case ..<19: return .exists(path: one(of: Self.timed + Self.containers), watch: random.below(2) == 0)
        default: return quota()
        }
    }

    private mutating func quota() -> ClientOperation {
        let node = one(of: Self.quotaNodes)
        switch random.below(10) {
        case ..<2: return .create(path: node, data: nil)
        case ..<4: return .create(path: node + "/zookeeper_limits", data: Array(one(of: Self.limits).utf8))
        case ..<6: return .create(path: node + "/zookeeper_stats", data: Array("count=0,bytes=0".utf8))
        case ..<7: return .delete(path: node + (random.below(2) == 0 ? "/zookeeper_limits" : "/zookeeper_stats"))
        default: return .getData(path: node + "/zookeeper_stats")
        }
    }
}
