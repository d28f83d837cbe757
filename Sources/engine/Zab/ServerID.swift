/// A server's id: N of `server.N` in zoo.cfg and the content of `myid`. Whatever ZooKeeper takes: 0, negative numbers
/// and those above 255, too. Ids have an order, which decides elections between equal histories, and no other meaning.
public struct ServerID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public var rawValue: Int64

    @inlinable public init(rawValue: Int64) { self.rawValue = rawValue }
    @inlinable public init(_ rawValue: some BinaryInteger) { self.rawValue = Int64(rawValue) }

    @inlinable public static func < (left: ServerID, right: ServerID) -> Bool { left.rawValue < right.rawValue }

    public var description: String { "\(rawValue)" }

    /// What a server without a `myid` has in ZooKeeper, and what its observers sign with: nobody can be called so.
    public static let reserved: [ServerID] = [ServerID(rawValue: -1), ServerID(rawValue: .max)]
}
