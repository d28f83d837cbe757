import Randomness
import Wire
import Zab

/// What one simulated client asks for, drawn from a stream of its own: keys next to each other and below each other,
/// ephemeral and numbered nodes, access lists, watches, multis that succeed and that fail somewhere.
struct ClientWorkload {
    private var random: SplitMix64
    private let name: String
    private let clients: Int
    private var writes = 0
    private var kinds: NodeKindWorkload
    private var versions: [String: Int32] = [:]
    private var aversions: [String: Int32] = [:]
    /// Numbered nodes that this client has made below others, to be deleted again: parents must become empty.
    private var numbered: [String] = []

    init(setup: Setup, index: Int) {
        random = SplitMix64(seed: setup.seed, stream: Setup.Stream.workload + UInt64(index))
        name = "c\(index)w"
        kinds = NodeKindWorkload(setup: setup, index: index)
        clients = setup.clients
    }

    // MARK: names

    private static let keys = (0..<5).map { "/k\($0)" }
    private static let parents = ["/d0", "/d1"]
    private static let inner = ["/d0/a", "/d0/b", "/d1/a", "/d1/b"]
    /// Also below what is ephemeral, where nothing may be.
    private static let leaves = ["/d0/a/x", "/d0/a/y", "/d0/b/x", "/d1/a/x", "/d1/b/x", "/e0/x"]

    private mutating func key() -> String { Self.keys[random.below(Self.keys.count)] }
    private mutating func ephemeral() -> String { "/e\(random.below(clients))" }
    private mutating func ephemeralBelow() -> String {
        let above = random.below(3) == 0 ? Self.parents[random.below(2)] : Self.inner[random.below(4)]
        return "\(above)/e\(random.below(min(clients, 3)))"
    }

    private mutating func nested() -> String {
        switch random.below(8) {
        case 0...1: Self.parents[random.below(2)]
        case 2...3: Self.inner[random.below(4)]
        case 4...5: Self.leaves[random.below(6)]
        default: ephemeralBelow()
        }
    }

    private mutating func version(of path: String) -> Int32 {
        switch random.below(4) {
        case 0: versions[path] ?? -1
        case 1: Int32(random.below(4))
        default: -1
        }
    }

    mutating func data() -> [UInt8] {
        writes += 1
        var text = Array("\(name)\(writes)".utf8)
        text += repeatElement(UInt8(ascii: "."), count: random.below(100))
        return text
    }

    // Whatever else they say, these lists allow everything to everybody; `AccessWorkload` has others.
    private static let user = ACL(permissions: 31, scheme: "digest", id: "u:h")
    private static let address = ACL(permissions: 1, scheme: "ip", id: "127.0.0.1/8")
    private static let anybody = ACL(permissions: 31, scheme: "world", id: "anyone")
    private static let accepted = [
        ACL.openUnsafe, [anybody, user], [anybody, address], [user, anybody, user],
    ]
    private static let refused = [
        [], [ACL(permissions: 31, scheme: "host", id: "h")], [user, ACL(permissions: 31, scheme: "world", id: "u")],
    ]

    private mutating func list() -> [ACL] {
        random.below(6) == 0 ? Self.refused[random.below(3)] : Self.accepted[random.below(4)]
    }

    // MARK: operations

    mutating func next() -> ClientOperation {
        if let drawn = kinds.next() { return drawn }
        let path = key()
        switch random.below(100) {
        case ..<21: return .setData(path: path, data: data(), version: version(of: path))
        case ..<29: return .create(path: path, data: data(), wantsStat: random.below(2) == 0)
        case ..<33: return .delete(path: path, version: version(of: path))
        case ..<38: return .create(path: ephemeral(), data: data(), ephemeral: true)
        case ..<40: return .delete(path: ephemeral())
        case ..<42: return .create(path: "/s-", data: data(), ephemeral: random.below(2) == 0, sequential: true)
        case ..<49: return .getData(path: random.below(4) == 0 ? ephemeral() : path, watch: random.below(3) == 0)
        case ..<53: return .exists(path: random.below(3) == 0 ? ephemeral() : path, watch: random.below(2) == 0)
        case ..<56: return .getChildren(path: "/", watch: random.below(2) == 0, wantsStat: random.below(2) == 0)
        case ..<65: return multi()
        case ..<68: return .sync(path: path)
        case ..<69: return random.below(4) == 0 ? .closeSession : .sync(path: "/")
        default: return operationBelow()
        }
    }

    private mutating func operationBelow() -> ClientOperation {
        let path = nested()
        switch random.below(32) {
        case ..<9: return create(path)
        case ..<15: return .delete(path: path, version: version(of: path))
        case ..<17: return .delete(path: numbered.popLast() ?? path)
        case ..<19: return .setData(path: path, data: data(), version: version(of: path))
        case ..<21:
            let above = random.below(2) == 0 ? Self.parents[random.below(2)] : Self.inner[random.below(4)]
            return .create(path: above + "/q-", data: data(), ephemeral: random.below(2) == 0, sequential: true)
        case ..<25: return .getChildren(path: path, watch: random.below(3) > 0, wantsStat: random.below(2) == 0)
        case ..<26: return .getData(path: path, watch: random.below(2) == 0)
        case ..<28: return .exists(path: path, watch: random.below(2) == 0)
        case ..<30: return setACL(path)
        default: return .getACL(path: random.below(6) == 0 ? "/" : path)
        }
    }

    private mutating func create(_ path: String) -> ClientOperation {
        .create(
            path: path,
            data: data(),
            ephemeral: path.utf8.contains(UInt8(ascii: "e")),
            acl: random.below(5) == 0 ? list() : ACL.openUnsafe,
            wantsStat: random.below(3) > 0
        )
    }

    private mutating func setACL(_ path: String) -> ClientOperation {
        let version: Int32 =
            switch random.below(3) {
            case 0: aversions[path] ?? 0
            case 1: Int32(random.below(3))
            default: -1
            }
        return .setACL(path: path, acl: list(), version: version)
    }

    private mutating func multi() -> ClientOperation {
        var parts: [ClientOperation] = []
        if random.below(4) == 0 { parts = branch() }
        for _ in 0...random.below(3) {
            let path = random.below(2) == 0 ? key() : nested()
            let part: ClientOperation
            switch random.below(5) {
            case 0: part = .check(path: path, version: version(of: path))
            case 1: part = create(path)
            case 2: part = .delete(path: path)
            case 3:
                part =
                    random.below(2) == 0
                    ? .create(path: ephemeral(), data: data(), ephemeral: true)
                    : .create(
                        path: Self.inner[random.below(4)] + "/q-",
                        data: data(),
                        ephemeral: true,
                        sequential: true
                    )
            default: part = .setData(path: path, data: data(), version: version(of: path))
            }
            // What fails fails anywhere.
            parts.insert(part, at: random.below(parts.count + 1))
        }
        // No multi may have this.
        if random.below(40) == 0 { parts.append(setACL(key())) }
        return .multi(parts)
    }

    /// Nodes that hang on each other, made or taken away by one multi, or both.
    private mutating func branch() -> [ClientOperation] {
        let parent = Self.parents[random.below(2)]
        let (node, leaf) = (parent + "/a", parent + "/a/x")
        let making = [parent, node, leaf].suffix(1 + random.below(3)).map { create($0) }
        let taking = [leaf, node, parent].prefix(1 + random.below(3)).map { ClientOperation.delete(path: $0) }
        switch random.below(3) {
        case 0: return making
        case 1: return taking
        default: return making + taking
        }
    }

    // MARK: answers

    /// What the client remembers of a write that was done.
    mutating func wasDone(_ operation: ClientOperation, _ body: UnsafeRawBufferPointer) {
        var reader = ByteReader(body)
        switch operation {
        case .setData(let path, _, _):
            if let stat = try? Stat(from: &reader) { versions[path] = stat.version }
        case .setACL(let path, _, _):
            if let stat = try? Stat(from: &reader) { aversions[path] = stat.aversion }
        case .create(let path, _, _, true, _, _):
            guard path != "/s-", numbered.count < 8, let made = try? reader.string() else { return }
            numbered.append(made)
        default: break
        }
    }
}
