/// Where the two sides part.
public struct Difference: Sendable, CustomStringConvertible {
    public var seed: UInt64
    /// Which action it was, counted from 0.
    public var step: Int
    /// What is the same for all differences of one cause, as far as can be told.
    public var signature: String
    public var action: String
    public var apache: String
    public var ours: String
    /// The actions before it, the newest last.
    public var before: [String]
    /// The fewest actions from two empty trees that lead to it, if they were looked for.
    public var shortest: [String]?

    public var description: String {
        """
        seed \(seed), step \(step): \(signature)
          \((shortest.map { ["shortest:"] + $0 } ?? before).joined(separator: "\n  "))
        > \(action)
          ZooKeeper: \(apache)
          ours:      \(ours)
        """
    }
}

/// What a duel came to.
public struct DuelResult: Sendable {
    public var operations = 0
    public var steps = 0
    public var events = 0
    /// Nodes that were compared at the end.
    public var nodes = 0
    public var differences: [Difference] = []
    /// How often each signature was met.
    public var counts: [String: Int] = [:]
    public var summary: String {
        "\(operations) operations, \(events) events, \(nodes) nodes at the end, \(total) differences, "
            + "\(explained.values.reduce(0, +)) explained"
    }

    /// Differences.
    public var total: Int { counts.values.reduce(0, +) }
    /// How often each rule of `Explanation` was needed.
    public var explained: [String: Int] = [:]
    /// How many answers there were for each operation and error.
    public var answers: [String: Int] = [:]
}
