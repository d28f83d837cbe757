/// Numbers in paths are eight hexadecimal digits: of the same length always, and written without a division.
enum HexDigits {
    static let count = 8

    @inline(__always)
    static func store(_ value: UInt32, at place: UnsafeMutableRawPointer) {
        // Spreads the nibbles over eight bytes, then turns each into its ASCII digit at once.
        var x = UInt64(value)
        x = (x << 16 | x) & 0x0000_ffff_0000_ffff
        x = (x << 8 | x) & 0x00ff_00ff_00ff_00ff
        x = (x << 4 | x) & 0x0f0f_0f0f_0f0f_0f0f
        let letters = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        let digits = x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
        place.storeBytes(of: digits.bigEndian, as: UInt64.self)
    }

    static func text(_ value: UInt32) -> String {
        String(unsafeUninitializedCapacity: count) { buffer in
            store(value, at: UnsafeMutableRawPointer(buffer.baseAddress!))
            return count
        }
    }
}
