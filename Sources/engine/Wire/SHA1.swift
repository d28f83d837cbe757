/// SHA-1 (RFC 3174), for nothing but ZooKeeper's digests of passwords, which are made of it.
///
/// Our own, since none of the libraries at hand has one that may be called: NIO keeps its own to itself, Foundation has none
/// on Linux, and swift-crypto is a build of BoringSSL for these sixty lines.
public enum SHA1 {
    public static let size = 20

    /// The 20 bytes of the digest.
    public static func digest(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        var words = [UInt32](repeating: 0, count: 80)
        let whole = message.count & ~63
        for start in stride(from: 0, to: whole, by: 64) {
            add(UnsafeRawBufferPointer(rebasing: message[start..<start + 64]), &state, &words)
        }
        // The rest, a one bit, zeros, and the length in bits: one block, or two.
        var tail = Array(message[whole...])
        tail.append(0x80)
        let padded = tail.count <= 56 ? 56 : 120
        tail += repeatElement(0, count: padded - tail.count)
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        tail.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: 64) {
                add(UnsafeRawBufferPointer(rebasing: bytes[start..<start + 64]), &state, &words)
            }
        }
        return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
    }

    private static func add(_ block: UnsafeRawBufferPointer, _ state: inout [UInt32], _ words: inout [UInt32]) {
        for index in 0..<16 {
            words[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }
        for index in 16..<80 {
            let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
            words[index] = rotated(mixed, 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (f, k): (UInt32, UInt32) =
                switch index {
                case ..<20: (b & c | ~b & d, 0x5a82_7999)
                case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
                case ..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            (a, b, c, d, e) = (rotated(a, 5) &+ f &+ e &+ k &+ words[index], a, rotated(b, 30), c, d)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
