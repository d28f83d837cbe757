import Testing
import Zab

@Suite struct QuorumRuleTests {
    /// Groups by the weights of their voters, whose ids count on from one group to the next.
    private static func rule(_ groups: [[Int]]) -> QuorumRule {
        var id = 0
        let groups = groups.map { weights in
            VoterGroup(
                weights.map { weight in
                    id += 1
                    return VoterGroup.Member(ServerID(id), weight: weight)
                }
            )
        }
        return QuorumRule(groups: groups, of: (1...id).map { ServerID($0) })
    }

    private static func set(_ bits: Int) -> VoterSet { VoterSet((0..<8).filter { bits >> $0 & 1 == 1 }) }

    private static func quorums(_ rule: QuorumRule, of count: Int) -> [Int] {
        (0..<(1 << count)).filter { rule.isQuorum(set($0)) }
    }

    @Test(arguments: 1...64) func aMajorityIsMoreThanHalf(count: Int) {
        let rule = QuorumRule(majorityOf: count)
        #expect(rule.isMajority && rule.counts(0))
        for size in 0...count { #expect(rule.isQuorum(VoterSet(0..<size)) == (2 * size > count)) }
    }

    @Test func equalWeightsInOneGroupAreAMajority() {
        #expect(Self.rule([[1, 1, 1]]).isMajority && Self.rule([[2, 2]]).isMajority && Self.rule([[3]]).isMajority)
        for groups in [[[1, 1, 0]], [[1, 2]], [[1], [1]], [[1, 1], [0]]] { #expect(!Self.rule(groups).isMajority) }
    }

    @Test func examplesOfTheGuide() {
        // Three groups of three: two servers in each of two groups.
        let nine = Self.rule([[1, 1, 1], [1, 1, 1], [1, 1, 1]])
        #expect(nine.isQuorum(VoterSet([0, 1, 3, 4])) && !nine.isQuorum(VoterSet([0, 1, 2, 3, 6])))
        // Two groups: both, always.
        let six = Self.rule([[1, 1, 1], [1, 1, 1]])
        #expect(six.isQuorum(VoterSet([0, 1, 4, 5])) && !six.isQuorum(VoterSet([0, 1, 2, 3])))
        // A minority of servers that is a quorum, and a majority that is none.
        let heavy = Self.rule([[3, 1, 1, 0, 0]])
        #expect(heavy.isQuorum(VoterSet([0])) && !heavy.isQuorum(VoterSet([1, 2, 3, 4])))
        #expect(heavy.counts(2) && !heavy.counts(3))
        // Exactly half is not more than half.
        let half = Self.rule([[1, 1], [1, 1]])
        #expect(
            !half.isQuorum(VoterSet([0, 2])) && !half.isQuorum(VoterSet([0, 1])) && half.isQuorum(VoterSet(0..<4))
        )
    }

    /// Every hierarchy of up to seven voters with weights from 0 to 3, each once: the order of groups, and of voters in
    /// them, does not matter.
    ///
    /// If two quorums had only voters of no weight in common, the first and everybody who is not in it would be such two,
    /// since nobody's joining spoils a quorum. So this looks at every set and what it leaves, and at every joining.
    @Test func anyTwoQuorumsHaveSomebodyInCommonWhoCounts() {
        var hierarchies = 0
        Self.everyHierarchy(upTo: 7) { groups in
            hierarchies += 1
            let weights = groups.flatMap { $0 }
            let rule = Self.rule(groups)
            let count = weights.count
            let isQuorum = (0..<(1 << count)).map { rule.isQuorum(Self.set($0)) }
            let weightless = weights.indices.reduce(0) { weights[$1] == 0 ? $0 | 1 << $1 : $0 }
            var holds = isQuorum[isQuorum.count - 1] && !isQuorum[0]
            for set in isQuorum.indices where isQuorum[set] {
                holds = holds && !isQuorum[(isQuorum.count - 1) ^ set | weightless]
                for voter in 0..<count where !isQuorum[set | 1 << voter] { holds = false }
                // Who weighs nothing makes no difference.
                holds = holds && isQuorum[set & ~weightless]
            }
            #expect(holds, "\(groups)")
        }
        #expect(hierarchies > 10_000)
    }

    /// The same, said as it is meant, where there are few enough.
    @Test func anyTwoQuorumsOfFewVotersMeet() {
        Self.everyHierarchy(upTo: 4) { groups in
            let weights = groups.flatMap { $0 }
            let heavy = weights.indices.reduce(0) { weights[$1] > 0 ? $0 | 1 << $1 : $0 }
            let quorums = Self.quorums(Self.rule(groups), of: weights.count)
            #expect(quorums.allSatisfy { one in quorums.allSatisfy { one & $0 & heavy != 0 } }, "\(groups)")
        }
    }

    /// Multisets of multisets of weights, not all of them 0.
    private static func everyHierarchy(upTo voters: Int, _ body: ([[Int]]) -> Void) {
        let groups = (1...voters).flatMap { size in multisets(of: size, from: 0) }
        func extend(_ chosen: [[Int]], from: Int, room: Int) {
            if chosen.contains(where: { $0.contains { $0 > 0 } }) { body(chosen) }
            for next in from..<groups.count where groups[next].count <= room {
                extend(chosen + [groups[next]], from: next, room: room - groups[next].count)
            }
        }
        extend([], from: 0, room: voters)
    }

    private static func multisets(of size: Int, from least: Int) -> [[Int]] {
        guard size > 0 else { return [[]] }
        return (least...3).flatMap { weight in multisets(of: size - 1, from: weight).map { [weight] + $0 } }
    }
}
