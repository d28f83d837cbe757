import DequeModule

/// What proposed transactions that are not applied yet will add to quotas: nodes and bytes that come. What goes is not
/// counted before it has gone, so no order of commits can exceed a limit.
struct QuotaNotes {
    private struct Note {
        var zxid: UInt64
        /// `QuotaTable.Entry.number`.
        var quota: UInt64
        var nodes: Int64
        var bytes: Int64
    }

    private var notes: Deque<Note> = []
    private var sums: [UInt64: (nodes: Int64, bytes: Int64)] = [:]
    /// How many notes there were before the multi at hand.
    private var mark = 0

    func sum(of quota: UInt64) -> (nodes: Int64, bytes: Int64) {
        sums.isEmpty ? (0, 0) : sums[quota] ?? (0, 0)
    }

    mutating func add(_ quota: UInt64, nodes: Int64, bytes: Int64, zxid: UInt64) {
        guard nodes > 0 || bytes > 0 else { return }
        notes.append(Note(zxid: zxid, quota: quota, nodes: max(nodes, 0), bytes: max(bytes, 0)))
        sums[quota, default: (0, 0)].nodes += max(nodes, 0)
        sums[quota, default: (0, 0)].bytes += max(bytes, 0)
    }

    mutating func forget(through zxid: UInt64) {
        while let first = notes.first, first.zxid <= zxid { subtract(notes.removeFirst()) }
    }

    mutating func beginMulti() { mark = notes.count }
    mutating func rollBack() { while notes.count > mark { subtract(notes.removeLast()) } }

    private mutating func subtract(_ note: Note) {
        guard var sum = sums[note.quota] else { return }
        sum.nodes -= note.nodes
        sum.bytes -= note.bytes
        sums[note.quota] = sum == (0, 0) ? nil : sum
    }
}

/// The quota of a node that proposed transactions make: the state does not have the node yet.
struct QuotaReference: Equatable {
    private var rawValue: UInt64

    /// The node is in the state, which knows its quota.
    static let ofState = QuotaReference(rawValue: 0)
    static let none = QuotaReference(rawValue: .max)

    private init(rawValue: UInt64) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - slot: in the table of quotas.
    ///   - number: of the entry there, since the slot may be used again.
    init(slot: Int32, number: UInt64) {
        rawValue = UInt64(UInt32(bitPattern: slot)) << 32 | number & 0xffff_ffff
    }

    /// The quota's slot; -1 if there is none, or none any more.
    func slot(in quotas: QuotaTable) -> Int32 {
        guard self != .none, self != .ofState else { return -1 }
        let slot = Int32(bitPattern: UInt32(rawValue >> 32))
        return quotas[slot].pointee.number & 0xffff_ffff == rawValue & 0xffff_ffff ? slot : -1
    }
}
