import Zab

/// Which lines about strangers are printed: for each address and topic one a minute, so that whoever knocks a thousand
/// times a second fills no disk. Bounded memory: what does not fit in `entriesMax` within a minute shares one place for
/// each topic.
public struct ComplaintFilter {
    public enum Topic: CaseIterable, Hashable, Sendable {
        /// Said nothing for too long, or was pushed out.
        case silent
        /// Said what is not allowed.
        case malformed
        /// The same on a link between servers: what clients of that address do hides none of it.
        case brokenLink
        /// One connection too many.
        case tooMany
        /// A port that cannot accept.
        case port
    }

    /// 1 min between two lines about the same; those between them are counted.
    public static let interval: Nanoseconds = 60_000_000_000
    /// Pairs of address and topic that have a place of their own at a time.
    public static let entriesMax = 128

    private struct Key: Hashable {
        var address: AddressGroup?
        var topic: Topic
    }

    private struct Entry {
        var printedAt: Nanoseconds
        var heldBack = 0
    }

    private var entries: [Key: Entry] = [:]

    public init() {}

    public var entryCount: Int { entries.count }

    /// - Parameter address: nil for what has none.
    /// - Returns: nil if this line is to be held back; otherwise how many were since the last one.
    public mutating func admit(_ topic: Topic, about address: AddressGroup?, now: Nanoseconds) -> Int? {
        var key = Key(address: address, topic: topic)
        if entries[key] == nil, entries.count >= Self.entriesMax {
            entries = entries.filter { now < $0.value.printedAt + Self.interval }
            if entries.count >= Self.entriesMax { key.address = nil }
        }
        if let entry = entries[key], now < entry.printedAt + Self.interval {
            entries[key]!.heldBack += 1
            return nil
        }
        let heldBack = entries[key]?.heldBack ?? 0
        entries[key] = Entry(printedAt: now)
        return heldBack
    }
}
