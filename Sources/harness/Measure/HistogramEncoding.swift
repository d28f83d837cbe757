import CZlib
import Foundation
import Histogram

/// HdrHistogram's V2 encoding: counts as ZigZag LEB128 with runs of zeros, deflated by zlib, in base64.
///
/// Format: HdrHistogram's `AbstractHistogram.encodeIntoByteBuffer` and `encodeIntoCompressedByteBuffer` (version 2),
/// which every HdrHistogram port reads.
public enum HistogramEncoding {
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case notBase64
        case truncated
        case wrongCookie(UInt32)
        case unsupported(String)
        case zlib(Int32)

        public var description: String {
            switch self {
            case .notBase64: "the histogram is not base64"
            case .truncated: "the histogram ends early"
            case .wrongCookie(let cookie): "not a V2 HdrHistogram (cookie 0x\(String(cookie, radix: 16)))"
            case .unsupported(let what): "this HdrHistogram is not supported: \(what)"
            case .zlib(let code): "zlib cannot process the histogram (code \(code))"
            }
        }
    }

    static let cookie: UInt32 = 0x1c84_9303 | 0x10
    static let compressedCookie: UInt32 = 0x1c84_9304 | 0x10
    static let headerBytes = 40
    /// Of one histogram: beyond it sums of counts would be rounded, or overflow. No run comes near.
    static let mostOperations: UInt64 = 1 << 53

    /// The text that stands in a histogram log's last column.
    public static func base64(of histogram: Histogram<UInt64>) throws -> String {
        let raw = plain(histogram)
        var size = compressBound(uLong(raw.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        let code = compress2(&packed, &size, raw, uLong(raw.count), Z_DEFAULT_COMPRESSION)
        guard code == Z_OK else { throw Failure.zlib(code) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size) + 8)
        append(compressedCookie, to: &bytes)
        append(UInt32(size), to: &bytes)
        bytes.append(contentsOf: packed[..<Int(size)])
        return Data(bytes).base64EncodedString()
    }

    /// Reads what `base64(of:)` or another HdrHistogram port wrote.
    public static func histogram(base64 text: String) throws -> Histogram<UInt64> {
        guard let data = Data(base64Encoded: text) else { throw Failure.notBase64 }
        var reader = Reader(bytes: [UInt8](data))
        let found = UInt32(truncatingIfNeeded: try reader.integer(bytes: 4))
        guard found == compressedCookie else { throw Failure.wrongCookie(found) }
        let length = Int(try reader.integer(bytes: 4))
        guard length <= reader.remaining else { throw Failure.truncated }
        return try histogram(plain: try inflated(Array(reader.bytes[reader.offset..<reader.offset + length])))
    }

    /// The V2 bytes before compression.
    static func plain(_ histogram: Histogram<UInt64>) -> [UInt8] {
        let layout = BucketLayout(histogram)
        var payload: [UInt8] = []
        var next = 0
        for value in histogram.recordedValues() where value.count > 0 {
            let index = layout.index(of: value.value)
            if index > next { appendZigZag(-Int64(index - next), to: &payload) }
            appendZigZag(Int64(clamping: value.count), to: &payload)
            next = index + 1
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes + payload.count)
        append(cookie, to: &bytes)
        append(UInt32(payload.count), to: &bytes)
        append(UInt32(0), to: &bytes)
        append(UInt32(histogram.numberOfSignificantValueDigits.rawValue), to: &bytes)
        append(histogram.lowestDiscernibleValue, to: &bytes)
        append(histogram.highestTrackableValue, to: &bytes)
        append((1.0).bitPattern, to: &bytes)
        bytes.append(contentsOf: payload)
        return bytes
    }

    /// Reads the V2 bytes after decompression.
    static func histogram(plain bytes: [UInt8]) throws -> Histogram<UInt64> {
        var reader = Reader(bytes: bytes)
        let found = UInt32(truncatingIfNeeded: try reader.integer(bytes: 4))
        guard found == cookie else { throw Failure.wrongCookie(found) }
        let payload = Int(try reader.integer(bytes: 4))
        guard try reader.integer(bytes: 4) == 0 else { throw Failure.unsupported("a normalizing offset") }
        guard let digits = SignificantDigits(rawValue: Int8(clamping: try reader.integer(bytes: 4))) else {
            throw Failure.unsupported("its number of significant digits")
        }
        let lowest = try reader.integer(bytes: 8)
        let highest = try reader.integer(bytes: 8)
        _ = try reader.integer(bytes: 8)
        guard lowest >= 1, lowest <= UInt64.max / 2, highest >= 2 * lowest, highest <= UInt64(Int64.max) else {
            throw Failure.unsupported("its range \(lowest)...\(highest)")
        }
        guard BucketLayout.isRepresentable(lowest: lowest, digits: digits) else {
            throw Failure.unsupported("\(digits.rawValue) significant digits with a lowest value of \(lowest)")
        }
        guard payload <= reader.remaining else { throw Failure.truncated }
        var histogram = Histogram<UInt64>(
            lowestDiscernibleValue: lowest,
            highestTrackableValue: highest,
            numberOfSignificantValueDigits: digits
        )
        let layout = BucketLayout(histogram)
        let end = reader.offset + payload
        var index = 0
        var total: UInt64 = 0
        while reader.offset < end {
            let count = try reader.zigZag()
            if count < 0 {
                guard count > Int64(Int32.min) else { throw Failure.unsupported("a run of \(count) zeros") }
                index += Int(-count)
                continue
            }
            total += UInt64(count)
            guard total <= mostOperations else { throw Failure.unsupported("more operations than can be counted") }
            guard let value = layout.value(at: index), histogram.record(value, count: UInt64(count)) else {
                throw Failure.unsupported("a count outside its range")
            }
            index += 1
        }
        return histogram
    }

    private static func inflated(_ packed: [UInt8]) throws -> [UInt8] {
        // A histogram of five digits over the whole range stays under this; more is not a histogram.
        let limit = 64 << 20
        var capacity = 1 << 16
        while true {
            var bytes = [UInt8](repeating: 0, count: capacity)
            var size = uLong(capacity)
            let code = uncompress(&bytes, &size, packed, uLong(packed.count))
            if code == Z_OK { return Array(bytes[..<Int(size)]) }
            guard code == Z_BUF_ERROR, capacity < limit else { throw Failure.zlib(code) }
            capacity *= 4
        }
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// ZigZag LEB128 of at most nine bytes: the ninth carries eight bits, so that 64 bits fit (HdrHistogram's variant).
    static func appendZigZag(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        for _ in 0..<8 {
            if rest < 0x80 {
                bytes.append(UInt8(rest))
                return
            }
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    struct Reader {
        let bytes: [UInt8]
        var offset = 0
        var remaining: Int { bytes.count - offset }

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func integer(bytes count: Int) throws -> UInt64 {
            guard remaining >= count else { throw Failure.truncated }
            var value: UInt64 = 0
            for _ in 0..<count {
                value = value << 8 | UInt64(bytes[offset])
                offset += 1
            }
            return value
        }

        mutating func zigZag() throws -> Int64 {
            var value: UInt64 = 0
            for position in 0..<9 {
                guard remaining > 0 else { throw Failure.truncated }
                let byte = UInt64(bytes[offset])
                offset += 1
                if position == 8 {
                    value |= byte << 56
                    break
                }
                value |= (byte & 0x7f) << UInt64(7 * position)
                if byte & 0x80 == 0 { break }
            }
            return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
        }
    }
}

/// HdrHistogram's mapping between values and positions in the array of counts.
struct BucketLayout {
    private let unitMagnitude: Int
    private let subBucketHalfCountMagnitude: Int
    private let subBucketMask: UInt64

    init(_ histogram: Histogram<UInt64>) {
        unitMagnitude = 63 - histogram.lowestDiscernibleValue.leadingZeroBitCount
        var resolution: UInt64 = 2
        for _ in 0..<histogram.numberOfSignificantValueDigits.rawValue { resolution *= 10 }
        let subBucketCountMagnitude = 64 - (resolution - 1).leadingZeroBitCount
        subBucketHalfCountMagnitude = max(1, subBucketCountMagnitude) - 1
        subBucketMask = ((1 << UInt64(subBucketCountMagnitude)) - 1) << UInt64(unitMagnitude)
    }

    /// Whether a histogram's positions fit into 64 bits, as its initializer demands.
    static func isRepresentable(lowest: UInt64, digits: SignificantDigits) -> Bool {
        var resolution: UInt64 = 2
        for _ in 0..<digits.rawValue { resolution *= 10 }
        let magnitude = 64 - (resolution - 1).leadingZeroBitCount
        return 63 - lowest.leadingZeroBitCount + max(1, magnitude) - 1 <= 61
    }

    func index(of value: UInt64) -> Int {
        let ceiling = 64 - (value | subBucketMask).leadingZeroBitCount
        let bucket = ceiling - unitMagnitude - subBucketHalfCountMagnitude - 1
        let subBucket = Int(value >> UInt64(bucket + unitMagnitude))
        return ((bucket + 1) << subBucketHalfCountMagnitude) + subBucket - (1 << subBucketHalfCountMagnitude)
    }

    /// The lowest value that is counted at `index`; nil beyond 63 bits.
    func value(at index: Int) -> UInt64? {
        let half = 1 << subBucketHalfCountMagnitude
        var bucket = (index >> subBucketHalfCountMagnitude) - 1
        var subBucket = (index & (half - 1)) + half
        if bucket < 0 {
            subBucket -= half
            bucket = 0
        }
        let shift = bucket + unitMagnitude
        guard shift + subBucketHalfCountMagnitude + 1 <= 63 else { return nil }
        return UInt64(subBucket) << UInt64(shift)
    }
}
