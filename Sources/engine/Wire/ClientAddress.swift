/// Where a client's connection comes from.
public struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64
    /// In bytes: 4, 16, or 0 for none.
    private let size: UInt8

    /// What has no address, as a connection that was reset before it was asked for one.
    public static let unknown = ClientAddress(bytes: [])

    /// 127.0.0.1.
    public static let local = ClientAddress(bytes: [127, 0, 0, 1])

    /// - Parameter bytes: 4 or 16, in network order; any other number is no address. An IPv4 address within IPv6
    ///   (::ffff:0:0/96) is an IPv4 address, as for Java.
    public init(bytes: [UInt8]) {
        let isMapped =
            bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        let kept = isMapped ? bytes[12...] : bytes[...]
        size = kept.count == 4 || kept.count == 16 ? UInt8(kept.count) : 0
        high = size == 16 ? kept.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } : 0
        low = size > 0 ? kept.suffix(8).reduce(0) { $0 << 8 | UInt64($1) } : 0
    }

    /// As Java writes it (`InetAddress.getHostAddress`): four decimal numbers, or eight hexadecimal ones with colons, none
    /// of them left out. Empty if there is none.
    public var description: String {
        switch size {
        case 4: [24, 16, 8, 0].map { String(low >> $0 & 0xff) }.joined(separator: ".")
        case 16:
            [high, low].flatMap { half in [48, 32, 16, 0].map { String(half >> $0 & 0xffff, radix: 16) } }
                .joined(separator: ":")
        default: ""
        }
    }

    /// What the scheme `ip` knows its client by; nil without an address.
    public var identity: Identity? { size == 0 ? nil : Identity(scheme: "ip", id: description) }
}
