/// A server's id: N of `server.N` in zoo.cfg and the content of `myid`, 1 to 255.
public struct ServerID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public var rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    @inlinable public init(_ rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static func < (left: ServerID, right: ServerID) -> Bool { left.rawValue < right.rawValue }

    public var description: String { "\(rawValue)" }
}
