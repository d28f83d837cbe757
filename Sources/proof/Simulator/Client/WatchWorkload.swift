import Randomness
import Wire

/// What one simulated client asks for beside its `ClientWorkload`: lasting watches, their removal, and the reads that came
/// with ZooKeeper 3.6. From a stream of its own; in a third of the seeds nobody asks for any of it.
struct WatchWorkload {
    private var random: SplitMix64
    private let isIdle: Bool
    private let clients: Int

    init(setup: Setup, index: Int) {
        random = SplitMix64(seed: setup.seed, stream: Setup.Stream.watches + UInt64(index))
        var all = SplitMix64(seed: setup.seed, stream: Setup.Stream.watches - 1)
        isIdle = all.below(3) == 0
        clients = setup.clients
    }

    /// Where the workload's nodes come and go, and where they never do.
    private static let paths = ["/k0", "/k1", "/k2", "/d0/a", "/d0/b/x", "/d1/a/x", "/d1/b", "/no/where", "no path"]
    private static let parents = ["/", "/d0", "/d1", "/d0/a", "/d1/a", "/zookeeper"]

    private mutating func path() -> String {
        switch random.below(8) {
        case 0: "/e\(random.below(clients))"
        case 1...3: Self.parents[random.below(Self.parents.count)]
        default: Self.paths[random.below(Self.paths.count)]
        }
    }

    private mutating func type() -> MoreOperation.WatcherType {
        [.children, .data, .any, .any][random.below(4)]
    }

    /// Nil where the client's turn is its other workload's.
    mutating func next() -> ClientOperation? {
        guard !isIdle, random.below(6) == 0 else { return nil }
        switch random.below(16) {
        case ..<3: return .more(.addWatch(path: path(), recursive: false))
        case ..<6: return .more(.addWatch(path: Self.parents[random.below(Self.parents.count)], recursive: true))
        case ..<7: return .more(.addWatch(path: path(), recursive: true))
        case ..<9: return .more(.removeWatches(path: path(), type: type()))
        case ..<10: return .more(.checkWatches(path: path(), type: type()))
        case ..<12: return .more(.getEphemerals(prefix: ["/", "/e", "/d0", "/s", ""][random.below(5)]))
        case ..<14: return .more(.getAllChildrenNumber(path: Self.parents[random.below(Self.parents.count)]))
        default:
            return .more(
                .multiRead((0...random.below(4)).map { _ in .init(path: path(), isData: random.below(2) == 0) })
            )
        }
    }
}
