import Randomness
import Zab

/// Clients that open a second connection while the first is still there, and take their session over to it without
/// closing the first: to the same server or to another, and on to a third when an answer does not come at once. What they
/// asked last on a connection given up may be done before or never, but not after what they ask later. In a third of the
/// seeds, with draws of their own.
struct Handovers {
    private static let keptMax = 4

    private var random: SplitMix64
    private var isNervous: Bool
    /// Connections that were given up and not closed.
    private var givenUp: [Connection] = []

    init(setup: Setup, index: Int) {
        var shared = SplitMix64(seed: setup.seed, stream: Setup.Stream.handovers)
        isNervous = shared.below(3) == 0 && setup.load == nil && !setup.scenario.countsLosses
        random = SplitMix64(seed: setup.seed, stream: Setup.Stream.handovers + 1 + UInt64(index))
    }

    mutating func begins() -> Bool { isNervous && random.below(12) == 0 }
    mutating func isTiredOfWaiting() -> Bool { isNervous && random.below(2) == 0 }

    mutating func target(beside server: Int, of servers: Int) -> Int {
        random.below(2) == 0 ? server : random.below(servers)
    }

    /// How many requests still go out on the old connection.
    mutating func lastWords() -> Int { random.below(3) }

    mutating func gaveUp(_ connection: Connection) { givenUp.append(connection) }

    /// One that is closed now, perhaps.
    mutating func closes() -> Connection? {
        guard !givenUp.isEmpty, givenUp.count > Self.keptMax || random.below(8) == 0 else { return nil }
        return givenUp.removeFirst()
    }

    mutating func ended(_ connection: Connection) { givenUp.removeAll { $0 === connection } }

    /// Everything has healed: no more of this. Returns what is to be closed.
    mutating func end() -> [Connection] {
        isNervous = false
        defer { givenUp.removeAll() }
        return givenUp
    }
}
