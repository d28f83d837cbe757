/// Some of an ensemble's voters, by their places among all in the order of their ids.
public struct VoterSet: Hashable, Sendable {
    /// The most voters that an ensemble can have.
    public static let placesMax = 64

    private var bits: UInt64 = 0

    public init() {}

    public init(_ places: some Sequence<Int>) {
        for place in places { insert(place) }
    }

    public var count: Int { bits.nonzeroBitCount }

    public func contains(_ place: Int) -> Bool { bits & (1 << UInt64(place)) != 0 }

    public mutating func insert(_ place: Int) { bits |= 1 << UInt64(place) }

    public mutating func remove(_ place: Int) { bits &= ~(1 << UInt64(place)) }

    /// With the first voter more that is not in it.
    var withOneMore: VoterSet {
        var more = self
        more.bits |= bits &+ 1
        return more
    }
}

/// A group of voters, the `group.N` line of zoo.cfg, and what each of them weighs.
public struct VoterGroup: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public var id: ServerID
        /// 0: it neither elects nor acknowledges, and never leads.
        public var weight: Int

        public init(_ id: ServerID, weight: Int = 1) {
            self.id = id
            self.weight = weight
        }
    }

    /// N of `group.N`, which decides nothing.
    public var number: Int64
    public var members: [Member]

    public init(_ members: [Member], number: Int64 = 0) {
        self.members = members
        self.number = number
    }
}

/// Which sets of voters decide: elect a leader, make an epoch, commit a transaction.
///
/// *Majority*: more than half of the voters. *Hierarchy* (ZooKeeper's `QuorumHierarchical`): more than half of the weight
/// in each of more than half of the groups that have any weight.
///
/// Whatever is proved of majorities rests on this alone, that two quorums have somebody in common who counts. In a
/// hierarchy, two quorums have a group in common, in which each has more than half of the weight, so together more than
/// all of it: some of it twice.
public struct QuorumRule: Hashable, Sendable {
    /// A voter's weight in its group. Those of a group follow each other.
    private struct Share: Hashable, Sendable {
        var place: Int
        var weight: Int
        /// The weight of the whole group, in its last share; 0 in the others.
        var groupWeight = 0
    }

    private let voterCount: Int
    /// Empty for a majority. Without groups that weigh nothing, and voters that weigh nothing.
    private var shares: [Share] = []
    private var groupCount = 0
    private var emptyGroupCount = 0

    /// The largest weight that a voter can have: sums must fit.
    public static let weightMax = 1_000_000_000

    public init(majorityOf voterCount: Int) {
        precondition(voterCount <= VoterSet.placesMax)
        self.voterCount = voterCount
    }

    /// One group in which all weigh the same is a majority.
    ///
    /// - Parameters:
    ///   - groups: each voter is in one of them, and somebody has a weight.
    ///   - voters: sorted.
    public init(groups: [VoterGroup], of voters: [ServerID]) {
        self.init(majorityOf: voters.count)
        precondition(groups.flatMap(\.members).map(\.id).sorted() == voters, "each voter is in one group")
        for group in groups {
            let members = group.members.filter { $0.weight > 0 }
            guard !members.isEmpty else {
                emptyGroupCount += 1
                continue
            }
            groupCount += 1
            for member in members {
                shares.append(Share(place: voters.firstIndex(of: member.id)!, weight: member.weight))
            }
            shares[shares.count - 1].groupWeight = members.reduce(0) { $0 + $1.weight }
        }
        precondition(groupCount > 0, "somebody has a weight")
        if groups.count == 1, shares.count == voterCount, Set(shares.map(\.weight)).count == 1 { shares = [] }
    }

    public var isMajority: Bool { shares.isEmpty }

    /// The smallest number of voters that any other such number of voters shares one with.
    var majority: Int { voterCount / 2 + 1 }

    public func isQuorum(_ voters: VoterSet) -> Bool {
        guard !isMajority else { return voters.count >= majority }
        var groups = PlantedBug.emptyGroupAgrees.isPlanted ? emptyGroupCount : 0
        var weight = 0
        for share in shares {
            if voters.contains(share.place) { weight += share.weight }
            guard share.groupWeight > 0 else { continue }
            if isMost(weight, of: share.groupWeight) { groups += 1 }
            weight = 0
        }
        return 2 * groups > groupCount
    }

    private func isMost(_ weight: Int, of groupWeight: Int) -> Bool {
        PlantedBug.halfAGroupSuffices.isPlanted ? 2 * weight >= groupWeight : 2 * weight > groupWeight
    }

    /// Whether a voter's word counts for anything. One whose does not may not lead, either: its own log is no part of
    /// what a quorum has.
    public func counts(_ place: Int) -> Bool { isMajority || shares.contains { $0.place == place } }
}
