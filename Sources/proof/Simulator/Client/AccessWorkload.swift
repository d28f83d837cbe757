import Randomness
import Wire

/// What one simulated client asks for beside its other workloads: it proves who it is, makes nodes that not everybody may
/// use, gives rights away and loses them. On nodes and from a stream of its own; in a quarter of the seeds nobody does.
struct AccessWorkload {
    private var random: SplitMix64
    private let isIdle: Bool
    private let index: Int
    private var writes = 0
    /// Whether it proves again on a new connection what it has proved on the last.
    let provesAgain: Bool
    private(set) var proved: [String] = []

    static let superSecret = "super:secret"

    init(setup: Setup, index: Int) {
        random = SplitMix64(seed: setup.seed, stream: Setup.Stream.access + UInt64(index))
        var all = SplitMix64(seed: setup.seed, stream: Setup.Stream.access - 1)
        isIdle = all.below(4) == 0
        provesAgain = random.below(4) > 0
        self.index = index
    }

    private static let secrets = ["u0:p", "u1:p"]
    private static let users = secrets.map { secret in
        Array(secret.utf8).withUnsafeBytes { Identity.digest(of: $0) }
    }

    private static func user(_ number: Int, _ permissions: Int32) -> ACL {
        ACL(permissions: permissions, scheme: users[number].scheme, id: users[number].id)
    }
    private static func network(_ number: Int, _ permissions: Int32) -> ACL {
        ACL(permissions: permissions, scheme: "ip", id: "10.0.\(number).0/24")
    }
    private static func anybody(_ permissions: Int32) -> ACL {
        ACL(permissions: permissions, scheme: "world", id: "anyone")
    }
    private static func whoever(_ permissions: Int32) -> ACL { ACL(permissions: permissions, scheme: "auth", id: "") }

    private static let lists: [[ACL]] = [
        ACL.openUnsafe, [whoever(31)], [user(0, 31), anybody(1)], [user(1, 31), anybody(6)],
        [network(0, 31), anybody(8)], [user(0, 15), network(1, 17)], [whoever(31), user(1, 31), anybody(1)],
        [anybody(13), user(0, 2), user(1, 16)], [whoever(5), anybody(26), whoever(5)],
    ]

    private mutating func list() -> [ACL] { Self.lists[random.below(Self.lists.count)] }

    private mutating func path() -> String {
        ["/g0", "/g1", "/g0/x", "/g0/y", "/g1/x", "/g1/x/z"][random.below(6)]
    }

    private mutating func data() -> [UInt8] {
        writes += 1
        return Array("a\(index)w\(writes)".utf8)
    }

    private mutating func version() -> Int32 { random.below(4) == 0 ? Int32(random.below(3)) : -1 }

    /// Nil where the client's turn is another workload's.
    mutating func next() -> ClientOperation? {
        guard !isIdle, random.below(4) == 0 else { return nil }
        let path = path()
        switch random.below(32) {
        case ..<3: return .more(.auth(scheme: "digest", secret: Self.secrets[index % 2]))
        case ..<4: return prove()
        case ..<5: return .more(.whoAmI)
        case ..<11: return create(path)
        case ..<14: return .setACL(path: path, acl: list(), version: version())
        case ..<17: return .setData(path: path, data: data(), version: version())
        case ..<19: return .delete(path: path, version: version())
        case ..<22: return .getData(path: path, watch: random.below(2) == 0)
        case ..<24: return .exists(path: path, watch: true)
        case ..<26: return .getChildren(path: path, watch: true, wantsStat: random.below(2) == 0)
        case ..<29: return .getACL(path: path)
        default: return multi()
        }
    }

    private mutating func prove() -> ClientOperation {
        switch random.below(4) {
        case 0: .more(.auth(scheme: "nobody", secret: "x"))
        case 1: .more(.auth(scheme: "ip", secret: ""))
        case 2 where index == 0: .more(.auth(scheme: "digest", secret: Self.superSecret))
        default: .more(.auth(scheme: "digest", secret: Self.secrets[random.below(2)]))
        }
    }

    private mutating func create(_ path: String) -> ClientOperation {
        .create(path: path, data: data(), ephemeral: random.below(8) == 0, acl: list(), wantsStat: random.below(2) == 0)
    }

    private mutating func multi() -> ClientOperation {
        .multi(
            (0...random.below(3)).map { _ in
                let path = path()
                return switch random.below(5) {
                case 0: .check(path: path, version: version())
                case 1...2: create(path)
                case 3: .setData(path: path, data: data())
                default: .delete(path: path)
                }
            }
        )
    }

    /// What the client remembers of an addAuth that was answered.
    mutating func wasProved(_ scheme: String, _ secret: String) {
        guard provesAgain, scheme == "digest", !proved.contains(secret) else { return }
        proved.append(secret)
    }

    mutating func forget() { proved = [] }
}
