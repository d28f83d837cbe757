import Zab

/// The `group.N` and `weight.N` lines, by the rules of ZooKeeper's `QuorumHierarchical`: each voter is in one group, a
/// voter without a weight weighs 1. What it takes and no ensemble could live with is refused.
extension EnsembleLines {
    typealias Entry = ConfigurationEntries.Entry

    mutating func hierarchy(
        groups: [Entry],
        weights: [Entry],
        _ entries: ConfigurationEntries
    ) throws -> [VoterGroup] {
        let weightOf = try readWeights(weights, entries)
        guard !groups.isEmpty else {
            guard let first = weights.first else { return [] }
            throw entries.refusal(first, "needs group.N lines, as in ZooKeeper; put each voter into one, or remove it")
        }
        var found: [VoterGroup] = []
        var owners: [ServerID: String] = [:]
        for entry in groups {
            guard entry.key.hasPrefix("group."), let number = Int64(entry.key.dropFirst(6)) else {
                throw entries.refusal(entry, "N of group.N must be a whole number")
            }
            guard !found.contains(where: { $0.number == number }) else {
                throw entries.refusal(entry, "group \(number) has another line; keep one of them")
            }
            var members: [VoterGroup.Member] = []
            for id in try readMembers(entry, entries) {
                if let other = owners.updateValue(entry.key, forKey: id) {
                    throw entries.refusal(entry, "server \(id) is also in \(other); it must be in one group")
                }
                let weight = weightOf[id] ?? 1
                guard voters.contains(where: { $0.id == id }) else {
                    guard weight == 0 else {
                        throw entries.refusal(entry, "server \(id) has no vote; take it out, or make it a participant")
                    }
                    continue
                }
                members.append(VoterGroup.Member(id, weight: weight))
            }
            found.append(VoterGroup(members, number: number))
        }
        if let voter = voters.first(where: { owners[$0.id] == nil }) {
            throw entries.refusal(groups[0], "server \(voter.id) is in no group; put it into one")
        }
        found.sort { $0.number < $1.number }
        found.removeAll(where: \.members.isEmpty)
        guard found.contains(where: { $0.members.contains { $0.weight > 0 } }) || voters.isEmpty else {
            throw entries.refusal(weights.first ?? groups[0], "no voter has a weight, so nobody could ever lead")
        }
        return found
    }

    private mutating func readWeights(_ weights: [Entry], _ entries: ConfigurationEntries) throws -> [ServerID: Int] {
        var found: [ServerID: Int] = [:]
        for entry in weights {
            guard entry.key.hasPrefix("weight."), let id = ServerID(parsing: entry.key.dropFirst(7)) else {
                throw entries.refusal(entry, "N of weight.N must be a server's id")
            }
            guard let weight = Int(entry.value), (0...QuorumRule.weightMax).contains(weight) else {
                throw entries.error(entry, "a whole number from 0 to \(QuorumRule.weightMax)")
            }
            guard found.updateValue(weight, forKey: id) == nil else {
                throw entries.refusal(entry, "server \(id) has another weight; keep one of them")
            }
            if !voters.contains(where: { $0.id == id }) {
                warnings.append("\(entries.name):\(entry.line): \(entry.key): server \(id) has no vote to weigh")
            }
        }
        return found
    }

    private func readMembers(_ entry: Entry, _ entries: ConfigurationEntries) throws -> [ServerID] {
        var parts = entry.value.split(separator: ":", omittingEmptySubsequences: false)
        // Java's split leaves out what is empty at the end.
        while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        return try parts.map { part in
            guard let id = ServerID(parsing: part.trimmed) else {
                throw entries.error(entry, "servers' ids with colons between them")
            }
            return id
        }
    }
}
