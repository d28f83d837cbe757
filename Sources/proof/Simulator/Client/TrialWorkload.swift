import Randomness
import Wire
import Zab

/// What clients ask for in the scenarios that count losses (`StrategyTrial`). Simpler than `ClientWorkload`, and left as it
/// is: verdicts that were given are compared with new ones.
struct TrialWorkload {
    private let index: Int
    private let clients: Int
    private var writes = 0
    private var versions: [String: Int32] = [:]

    init(setup: Setup, index: Int) {
        self.index = index
        clients = setup.clients
    }

    private func key(_ random: inout SplitMix64) -> String { "/k\(random.below(5))" }
    private func ephemeral(_ random: inout SplitMix64) -> String { "/e\(random.below(clients))" }

    private func version(of path: String, _ random: inout SplitMix64) -> Int32 {
        switch random.below(4) {
        case 0: versions[path] ?? -1
        case 1: Int32(random.below(4))
        default: -1
        }
    }

    private mutating func data(_ random: inout SplitMix64) -> [UInt8] {
        writes += 1
        var text = Array("c\(index)w\(writes)".utf8)
        text += Array(repeating: UInt8(ascii: "."), count: random.below(100))
        return text
    }

    /// - Parameter showsProgress: a client that has to show progress writes.
    mutating func next(_ random: inout SplitMix64, showsProgress: Bool) -> ClientOperation {
        let path = key(&random)
        if showsProgress { return .setData(path: "/", data: data(&random)) }
        switch random.below(100) {
        case ..<30: return .setData(path: path, data: data(&random), version: version(of: path, &random))
        case ..<42: return .create(path: path, data: data(&random))
        case ..<47: return .delete(path: path, version: version(of: path, &random))
        case ..<55: return .create(path: ephemeral(&random), data: data(&random), ephemeral: true)
        case ..<58: return .delete(path: ephemeral(&random))
        case ..<62:
            return .create(path: "/s-", data: data(&random), ephemeral: random.below(2) == 0, sequential: true)
        case ..<76:
            return .getData(path: random.below(4) == 0 ? ephemeral(&random) : path, watch: random.below(3) == 0)
        case ..<82: return .exists(path: random.below(3) == 0 ? ephemeral(&random) : path, watch: random.below(2) == 0)
        case ..<87: return .getChildren(path: "/", watch: random.below(2) == 0)
        case ..<94: return multi(&random)
        case ..<98: return .sync(path: path)
        case ..<99: return .getChildren(path: path, watch: false)
        default: return random.below(4) == 0 ? .closeSession : .sync(path: "/")
        }
    }

    private mutating func multi(_ random: inout SplitMix64) -> ClientOperation {
        var parts: [ClientOperation] = []
        for _ in 0...random.below(3) {
            let path = key(&random)
            switch random.below(5) {
            case 0: parts.append(.check(path: path, version: version(of: path, &random)))
            case 1: parts.append(.create(path: path, data: data(&random)))
            case 2: parts.append(.delete(path: path))
            case 3: parts.append(.create(path: ephemeral(&random), data: data(&random), ephemeral: true))
            default: parts.append(.setData(path: path, data: data(&random), version: version(of: path, &random)))
            }
        }
        return .multi(parts)
    }

    /// What the client remembers of a write that was done.
    mutating func wasDone(_ operation: ClientOperation, _ body: UnsafeRawBufferPointer) {
        guard case .setData(let path, _, _) = operation else { return }
        var reader = ByteReader(body)
        if let stat = try? Stat(from: &reader) { versions[path] = stat.version }
    }
}
