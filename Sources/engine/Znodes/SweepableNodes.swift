/// The containers and TTL nodes: a list through the nodes, so that looking for those that may go costs what there is of
/// them.
struct SweepableNodes {
    private(set) var first: Int32 = -1
    private(set) var count = 0
    /// The next node that the sweep under way looks at, -1 if none is under way. A list of nodes is not enough: what is
    /// looked at later may be gone, and its slot used again.
    private(set) var cursor: Int32 = -1

    /// Adds a node in front of the others, where no sweep comes by any more.
    mutating func link(_ slot: Int32, in nodes: NodeTable) {
        nodes[slot].pointee.previousEphemeral = -1
        nodes[slot].pointee.nextEphemeral = first
        if first >= 0 { nodes[first].pointee.previousEphemeral = slot }
        first = slot
        count += 1
    }

    mutating func unlink(_ slot: Int32, in nodes: NodeTable) {
        let node = nodes[slot].pointee
        if cursor == slot { cursor = node.nextEphemeral }
        if node.previousEphemeral >= 0 {
            nodes[node.previousEphemeral].pointee.nextEphemeral = node.nextEphemeral
        } else {
            first = node.nextEphemeral
        }
        if node.nextEphemeral >= 0 { nodes[node.nextEphemeral].pointee.previousEphemeral = node.previousEphemeral }
        count -= 1
    }

    mutating func beginSweep() { cursor = first }
    mutating func endSweep() { cursor = -1 }

    /// The node that the sweep looks at now; -1 if it is at its end.
    mutating func next(in nodes: NodeTable) -> Int32 {
        let slot = cursor
        if slot >= 0 { cursor = nodes[slot].pointee.nextEphemeral }
        return slot
    }
}
