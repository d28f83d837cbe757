import Randomness

/// What one client of a given load sends, in order: first its own node, then its share of the load.
final class ClientScript {
    private let load: ScriptedLoad
    private let index: Int
    private var random: SplitMix64
    private(set) var left: Int
    private var created = 0
    /// Numbers of nodes that it has made and not deleted; the oldest go first.
    private var deleted = 0

    init(_ load: ScriptedLoad, client index: Int) {
        self.load = load
        self.index = index
        random = SplitMix64(seed: load.seed, stream: Setup.Stream.clients + UInt64(index))
        // Earlier clients take what cannot be divided.
        left = load.operations / load.clients + (index < load.operations % load.clients ? 1 : 0)
    }

    var outstanding: Int { load.outstanding }

    private var node: String { "/c\(index)" }
    private var payload: [UInt8] { (0..<load.payloadBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) } }

    var preparation: ClientOperation { .create(path: node, data: payload) }

    func next() -> ClientOperation? {
        guard left > 0 else { return nil }
        left -= 1
        var draw = random.below(load.mix.total)
        draw -= load.mix.sets
        if draw < 0 { return .setData(path: node, data: payload) }
        draw -= load.mix.gets
        if draw < 0 { return .getData(path: node) }
        draw -= load.mix.creates
        // There must be something to delete.
        if draw < 0 || deleted == created {
            created += 1
            return .create(path: "\(node)/n\(created)", data: payload)
        }
        deleted += 1
        return .delete(path: "\(node)/n\(deleted)")
    }
}
