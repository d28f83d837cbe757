import CPlatform

/// Puts checksums right over bytes that were changed, so that what they protect is reached. The layouts are those of
/// the Log's `SegmentFormat` and `SnapshotFormat`, and of Wire's `RecordLayout`.
enum StoredBytes {
    private static func load(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[offset + $1]) }
    }

    private static func put(_ value: UInt32, _ bytes: inout [UInt8], _ offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index)) }
    }

    private static func checksum(_ bytes: [UInt8], _ range: Range<Int>, seed: UInt32 = 0) -> UInt32 {
        bytes[range].withUnsafeBytes { zb_crc32c(seed, $0.baseAddress, $0.count) }
    }

    static func repairSnapshot(_ bytes: inout [UInt8]) {
        guard bytes.count >= 64 else { return }
        var chain = checksum(bytes, 0..<60)
        put(chain, &bytes, 60)
        var offset = 64
        while offset + 8 <= bytes.count {
            let count = load(bytes, offset)
            let isTrailer = count == .max
            let size = isTrailer ? 16 : Int(count)
            guard offset + 8 + size <= bytes.count else { return }
            let head = checksum(bytes, offset..<(offset + 4), seed: chain)
            chain = checksum(bytes, (offset + 8)..<(offset + 8 + size), seed: head)
            put(chain, &bytes, offset + 4)
            if isTrailer { return }
            offset += 8 + size
        }
    }

    /// - Parameter records: whether records are put right too, chained as they stand there.
    static func repairSegment(_ bytes: inout [UInt8], records: Bool) {
        guard bytes.count >= 4096 else { return }
        put(checksum(bytes, 0..<508), &bytes, 508)
        if bytes[512..<520].contains(where: { $0 != 0 }) { put(checksum(bytes, 512..<4092), &bytes, 4092) }
        var chain = load(bytes, 512 + 12)
        var offset = 4096
        while offset + 48 <= bytes.count {
            guard load(bytes, offset) == 0x5A42_4752 else {
                offset += 512
                continue
            }
            put(checksum(bytes, offset..<(offset + 44)), &bytes, offset + 44)
            if records {
                let end = min(bytes.count, offset + 48 + Int(load(bytes, offset + 4)))
                repairRecords(&bytes, (offset + 48)..<max(end, offset + 48), &chain)
            }
            offset += 512
        }
    }

    private static func repairRecords(_ bytes: inout [UInt8], _ range: Range<Int>, _ chain: inout UInt32) {
        var offset = range.lowerBound
        while offset + 16 <= range.upperBound {
            let end = offset + 16 + Int(load(bytes, offset + 4))
            guard end <= range.upperBound else { return }
            chain = checksum(bytes, (offset + 4)..<end, seed: chain)
            put(chain, &bytes, offset)
            offset = end
        }
    }
}
