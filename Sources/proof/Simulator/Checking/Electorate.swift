/// Who decides, as the checkers see it: the rule of `QuorumRule` from its other side, by what those who are missing can
/// block. Half of a group's weight blocks the group, and half of the groups that weigh anything block everything.
struct Electorate: Hashable, Sendable {
    struct Share: Hashable, Sendable {
        /// The voter's number, from 0.
        var voter: Int
        var weight: Int
    }

    let groups: [[Share]]

    init(groups: [[Share]]) { self.groups = groups }

    init(majorityOf voters: Int) { groups = [(0..<voters).map { Share(voter: $0, weight: 1) }] }

    /// Whether these are enough, whatever the others do.
    func decides(_ voters: some Sequence<Int>) -> Bool {
        let present = Set(voters)
        var living = 0
        var blocked = 0
        for group in groups {
            let all = group.reduce(0) { $0 + $1.weight }
            let missing = group.reduce(0) { $0 + (present.contains($1.voter) ? 0 : $1.weight) }
            if all > 0 { living += 1 }
            if all > 0, missing >= all - missing { blocked += 1 }
        }
        return blocked < living - blocked
    }

    /// Whether the others are enough without these.
    func canDoWithout(_ absent: Set<Int>) -> Bool {
        decides(groups.joined().map(\.voter).filter { !absent.contains($0) })
    }

    func counts(_ voter: Int) -> Bool { groups.joined().contains { $0.voter == voter && $0.weight > 0 } }
}
