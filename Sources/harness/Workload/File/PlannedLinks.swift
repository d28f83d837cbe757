/// What lies between the servers of an ensemble.
public struct PlannedLinks: Sendable, Hashable {
    /// Whether the servers talk through the harness's proxy, which can delay and cut; otherwise they talk directly.
    public var isProxied: Bool
    /// The ways that are not as fast as loopback; no pair of servers twice. Empty unless proxied.
    public private(set) var ways: [LinkWay: LinkCondition] = [:]

    public init(isProxied: Bool = false) { self.isProxied = isProxied }

    /// What happens to what `one` says to `other`, both ids from 1. Setting it makes the links proxied.
    public subscript(from one: Int, to other: Int) -> LinkCondition {
        get { ways[LinkWay(from: one, to: other)] ?? LinkCondition() }
        set {
            isProxied = true
            ways[LinkWay(from: one, to: other)] = newValue == LinkCondition() ? nil : newValue
        }
    }

    /// Without the ways to and from servers that an ensemble of `size` does not have.
    public func limited(to size: Int) -> PlannedLinks {
        var limited = self
        limited.ways = ways.filter { $0.key.from <= size && $0.key.to <= size }
        return limited
    }

    /// What a row says of them: empty if the servers talk directly; `proxied`, or the range of what is between them.
    public var words: String {
        guard isProxied else { return "" }
        guard !ways.isEmpty else { return "proxied" }
        let delays = ways.values.map(\.delayMicroseconds).sorted()
        let rates = Set(ways.values.compactMap(\.megabitsPerSecond)).sorted()
        var text = "proxied: \(ways.count) ways"
        if delays[delays.count - 1] > 0 {
            text += " \(delays[0])"
            if delays[0] != delays[delays.count - 1] { text += " to \(delays[delays.count - 1])" }
            text += "us"
        }
        if let least = rates.first, let most = rates.last {
            text += least == most ? " \(Self.plain(least))" : " \(Self.plain(least)) to \(Self.plain(most))"
            text += " Mbit/s"
        }
        return text
    }

    static func plain(_ number: Double) -> String {
        number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
}

/// What one server says to another: one of the two directions between them.
public struct LinkWay: Sendable, Hashable {
    public var from: Int
    public var to: Int

    public init(from: Int, to: Int) {
        self.from = from
        self.to = to
    }
}

/// What happens to bytes on their way from one server to another.
public struct LinkCondition: Sendable, Hashable {
    /// From the last bit sent to its arrival.
    public var delayMicroseconds: Int
    /// Of all connections in that direction together; nil for no limit.
    public var megabitsPerSecond: Double?

    public init(delayMicroseconds: Int = 0, megabitsPerSecond: Double? = nil) {
        self.delayMicroseconds = delayMicroseconds
        self.megabitsPerSecond = megabitsPerSecond
    }
}
