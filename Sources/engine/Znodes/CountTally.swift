/// Numbers, counted: how many, their sum, and their extremes. Never set back, but for the extremes, as `LatencyTally`.
public struct CountTally: Sendable {
    public private(set) var count = 0
    public private(set) var sum = 0
    /// Of those since `resetExtremes`; above `most` if there is none.
    public private(set) var least = Int.max
    public private(set) var most = 0

    public init() {}

    public mutating func add(_ value: Int) {
        count += 1
        sum += value
        if value < least { least = value }
        if value > most { most = value }
    }

    public mutating func resetExtremes() { (least, most) = (.max, 0) }
}

/// How many watchers each event had, by its type. Events of which nobody was told are not counted, as in ZooKeeper.
public struct WatchFirings: Sendable {
    public private(set) var created = CountTally()
    public private(set) var changed = CountTally()
    public private(set) var deleted = CountTally()
    public private(set) var children = CountTally()
    /// Of the events, with their headers and without their frames' lengths.
    public private(set) var bytes = 0

    mutating func note(_ type: Int32, watchers: Int, pathCount: Int) {
        bytes += watchers * (WatchEvent.encodedSize(pathCount: pathCount) - 4)
        switch type {
        case WatchEvent.created: created.add(watchers)
        case WatchEvent.dataChanged: changed.add(watchers)
        case WatchEvent.deleted: deleted.add(watchers)
        default: children.add(watchers)
        }
    }

    public mutating func resetExtremes() {
        created.resetExtremes()
        changed.resetExtremes()
        deleted.resetExtremes()
        children.resetExtremes()
    }
}
