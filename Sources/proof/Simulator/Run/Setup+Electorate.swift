import Randomness
import Zab

/// Who votes, with which weight, and what the servers are called.
extension Setup {
    var electorate: Electorate {
        hierarchy.isEmpty ? Electorate(majorityOf: voters) : Electorate(groups: hierarchy)
    }

    func id(of index: Int) -> ServerID { ServerID(firstID + index * idStep) }

    func index(of id: ServerID) -> Int { (Int(id.rawValue) - firstID) / idStep }

    /// For the configuration of a server; empty where a majority decides.
    var voterGroups: [VoterGroup] {
        hierarchy.map { group in
            VoterGroup(group.map { VoterGroup.Member(id(of: $0.voter), weight: $0.weight) })
        }
    }

    /// `, groups 1:2 3x0:4`; empty where a majority decides.
    public var electorateText: String {
        guard !hierarchy.isEmpty else { return "" }
        let groups = hierarchy.map { group in
            group.map { "\(id(of: $0.voter))" + ($0.weight == 1 ? "" : "x\($0.weight)") }.joined(separator: ":")
        }
        return ", groups " + groups.joined(separator: " ")
    }

    /// A hierarchy in a fifth of the seeds, with more voters than usual in half of these: groups need some.
    static func drawnHierarchy(_ seed: UInt64, _ usual: Int) -> (voters: Int, [[Electorate.Share]]) {
        var random = SplitMix64(seed: seed, stream: Stream.hierarchies)
        guard random.below(5) == 0 else { return (usual, []) }
        let voters = random.below(2) == 0 ? [4, 5, 6, 6, 7][random.below(5)] : usual
        var groups: [[Electorate.Share]] = Array(repeating: [], count: 1 + random.below(min(voters, 4)))
        for voter in 0..<voters {
            let weight = [0, 1, 1, 1, 1, 2, 3][random.below(7)]
            groups[random.below(groups.count)].append(Electorate.Share(voter: voter, weight: weight))
        }
        groups.removeAll(where: \.isEmpty)
        if groups.joined().allSatisfy({ $0.weight == 0 }) { groups[0][0].weight = 1 }
        return (voters, groups)
    }

    /// Ids that are negative, or that have the same low byte, in a quarter of the seeds.
    static func drawnIDs(_ seed: UInt64) -> (first: Int, step: Int) {
        var random = SplitMix64(seed: seed, stream: Stream.serverIDs)
        return [(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 256), (-4, 2)][random.below(8)]
    }
}
