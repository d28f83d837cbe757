/// The servers of an ensemble by its own account: `/zookeeper/config` of ZooKeeper 3.5 and later, which every client
/// may read, or our servers' `zab_servers`.
public struct EnsembleRoster: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public var id: Int
        /// Where the other servers find it, and clients, if that is in the account.
        public var address: String
        public var isVoter: Bool

        public init(id: Int, address: String, isVoter: Bool) {
            self.id = id
            self.address = address
            self.isVoter = isVoter
        }
    }

    /// By id.
    public var members: [Member]

    /// Whether groups and weights decide, not a majority.
    public var isHierarchical = false

    public var voters: [Member] { members.filter(\.isVoter) }

    /// - Parameter text: lines `server.1=h1:2888:3888:participant;0.0.0.0:2181`, of which `:participant` and the
    ///   clients' part may be missing; other lines are skipped. Nil if there is no such line, as on a server that
    ///   stands alone.
    public init?(parsing text: String) {
        var members: [Int: Member] = [:]
        for line in text.split(whereSeparator: \.isWhitespace) where line.hasPrefix("server.") {
            guard let equals = line.firstIndex(of: "="), let id = Int(line[..<equals].dropFirst("server.".count)) else {
                continue
            }
            var address = line[line.index(after: equals)...]
            let clients = address.firstIndex(of: ";").map { address[$0...] } ?? ""
            address = address.prefix { $0 != ";" }
            let isVoter = !address.hasSuffix(":observer")
            for role in [":observer", ":participant"] where address.hasSuffix(role) { address.removeLast(role.count) }
            members[id] = Member(id: id, address: String(address + clients), isVoter: isVoter)
        }
        guard !members.isEmpty else { return nil }
        self.members = members.values.sorted { $0.id < $1.id }
        isHierarchical = text.split(whereSeparator: \.isWhitespace).contains { $0.hasPrefix("group.") }
    }
}
