/// Whom a connection counts for: an IPv4 address, or the /64 prefix of an IPv6 address, since whoever has one address of
/// a /64 has them all.
public struct AddressGroup: Hashable, Sendable, CustomStringConvertible {
    private let prefix: UInt64
    private let isV6: Bool

    /// What has no address, as a connection that was reset before it was asked for one.
    public static let unknown = AddressGroup(bytes: [])

    /// - Parameter bytes: 4 or 16, in network order. An IPv4 address within IPv6 (::ffff:0:0/96) is an IPv4 address.
    public init(bytes: [UInt8]) {
        let isMapped =
            bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        isV6 = bytes.count == 16 && !isMapped
        let counted = isV6 ? bytes[..<8] : bytes.suffix(4)
        prefix = counted.reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var description: String {
        let width: UInt64 = isV6 ? 16 : 8
        let values = (0..<UInt64(4)).reversed().map { prefix >> ($0 * width) & (1 << width - 1) }
        return isV6
            ? values.map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
            : values.map { String($0) }.joined(separator: ".")
    }
}
