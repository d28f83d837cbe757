/// What the scheme `ip` allows: an IPv4 address, with or without `/bits` (`IPAuthenticationProvider`). It knows no IPv6
/// addresses, and neither does ZooKeeper's.
struct AddressPattern: Equatable {
    var address: UInt32
    /// How many of its leading bits count, 0 to 32.
    var bits = 32

    /// Nil if the text is no such address.
    init?(_ text: UnsafeRawBufferPointer) {
        let slash = text.firstIndex(of: UInt8(ascii: "/"))
        address = 0
        var start = 0
        for part in 0..<4 {
            let end = part == 3 ? slash ?? text.count : text[start...].firstIndex(of: UInt8(ascii: ".")) ?? text.count
            guard end < text.count || part == 3, start <= end, let value = Self.number(text[start..<end], most: 255)
            else {
                return nil
            }
            address = address << 8 | value
            start = end + 1
        }
        guard let slash else { return }
        guard let count = Self.number(text[(slash + 1)...], most: 32) else { return nil }
        bits = Int(count)
    }

    /// As Java's `Integer.parseInt` reads it: with a sign, if need be, and as many zeros in front as it likes.
    private static func number(_ text: Slice<UnsafeRawBufferPointer>, most: UInt32) -> UInt32? {
        var digits = text
        var isNegative = false
        if let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            isNegative = sign == UInt8(ascii: "-")
            digits = digits.dropFirst()
        }
        guard !digits.isEmpty else { return nil }
        var value: UInt32 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
            guard value <= most else { return nil }
        }
        return isNegative && value > 0 ? nil : value
    }

    /// Whether somebody with this address is meant.
    func matches(_ client: AddressPattern) -> Bool {
        bits == 0 || (address ^ client.address) >> UInt32(32 - bits) == 0
    }
}
