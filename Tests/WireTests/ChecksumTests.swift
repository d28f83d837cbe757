import CPlatform
import Testing

@Suite struct ChecksumTests {
    /// The check value of CRC-32C (RFC 3720, appendix B.4 and the catalogue of parametrised CRCs).
    @Test func checkValue() {
        #expect(zb_crc32c(0, "123456789", 9) == 0xE306_9283)
        #expect(zb_crc32c_portable(0, "123456789", 9) == 0xE306_9283)
    }

    @Test func instructionAndTableAgreeAndChain() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
        for count in 0...bytes.count {
            #expect(zb_crc32c(5, bytes, count) == zb_crc32c_portable(5, bytes, count))
        }
        let whole = zb_crc32c(0, bytes, 300)
        let first = zb_crc32c(0, bytes, 100)
        let rest = bytes.withUnsafeBytes { zb_crc32c(first, $0.baseAddress! + 100, 200) }
        #expect(rest == whole)
    }
}
