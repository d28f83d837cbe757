import Wire

/// What the nodes `zookeeper_limits` and `zookeeper_stats` of a quota say (`StatsTrack`): `count=5,bytes=100`, and for
/// limits perhaps `=;byteHardLimit=100;countHardLimit=5`. What is not there is -1, which limits nothing.
struct QuotaFigures: Equatable {
    /// Of nodes.
    var count: Int64 = -1
    /// Of data.
    var bytes: Int64 = -1
    var countHardLimit: Int64 = -1
    var byteHardLimit: Int64 = -1
    /// Whether they are named: statistics that name them keep them, as ZooKeeper's do.
    private var namesCountHardLimit = false
    private var namesByteHardLimit = false

    /// Longer ones are not read: they would be read again with each write below the quota.
    static let sizeMax = 1024

    init() {}

    init(count: Int64, bytes: Int64) {
        self.count = count
        self.bytes = bytes
    }

    /// Pairs of `key=number` with `,` or `;` between them, of which the last of a key counts. Nil where ZooKeeper fails:
    /// a pair without a number, anything but a number of 64 bits, null.
    init?(_ text: UnsafeRawBufferPointer?) {
        guard let text, text.count <= Self.sizeMax else { return nil }
        guard text.contains(where: { !Self.isSeparator($0) }) else { return }
        // A separator in front leaves an empty pair there; elsewhere they count as one.
        guard !Self.isSeparator(text[0]) else { return nil }
        for pair in text.split(whereSeparator: Self.isSeparator) where !read(UnsafeRawBufferPointer(rebasing: pair)) {
            return nil
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") }

    /// `key=number`, or `key==`, which is -1; what follows the next `=` is not looked at.
    private mutating func read(_ pair: UnsafeRawBufferPointer) -> Bool {
        // As Java's `split`, which drops what is empty at the end.
        let parts = pair.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
        guard let last = parts.lastIndex(where: { !$0.isEmpty }), last >= 1 else { return false }
        guard let value = parts[1].isEmpty ? -1 : Self.number(parts[1]) else { return false }
        let key = UnsafeRawBufferPointer(rebasing: parts[0])
        if Self.equal(key, "count") {
            count = value
        } else if Self.equal(key, "bytes") {
            bytes = value
        } else if Self.equal(key, "countHardLimit") {
            countHardLimit = value
            namesCountHardLimit = true
        } else if Self.equal(key, "byteHardLimit") {
            byteHardLimit = value
            namesByteHardLimit = true
        }
        return true
    }

    private static func equal(_ bytes: UnsafeRawBufferPointer, _ constant: StaticString) -> Bool {
        bytes.count == constant.utf8CodeUnitCount
            && bytes.elementsEqual(UnsafeBufferPointer(start: constant.utf8Start, count: bytes.count))
    }

    /// Decimal digits with a sign in front or none, as `Long.parseLong` reads them.
    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int64? {
        let isNegative = digits.first == UInt8(ascii: "-")
        let rest = isNegative || digits.first == UInt8(ascii: "+") ? digits.dropFirst() : digits
        guard !rest.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in rest {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (shifted, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let unit = Int64(digit - UInt8(ascii: "0"))
            let (sum, overflows) =
                isNegative ? shifted.subtractingReportingOverflow(unit) : shifted.addingReportingOverflow(unit)
            guard !isTooLarge, !overflows else { return nil }
            value = sum
        }
        return value
    }

    /// `count=5,bytes=100`, as the statistics are written; behind them hard limits that somebody wrote there.
    func encodeStatistics(into writer: ByteWriter) {
        Self.append("count=", count, to: writer)
        Self.append(",bytes=", bytes, to: writer)
        if namesByteHardLimit { Self.append("=;byteHardLimit=", byteHardLimit, to: writer) }
        guard namesCountHardLimit else { return }
        Self.append(namesByteHardLimit ? ";countHardLimit=" : "=;countHardLimit=", countHardLimit, to: writer)
    }

    private static func append(_ name: StaticString, _ value: Int64, to writer: ByteWriter) {
        writer.append(bytes: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        if value < 0 { writer.append(UInt8(ascii: "-")) }
        var divisor: UInt64 = 1
        while value.magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            writer.append(UInt8(ascii: "0") + UInt8(value.magnitude / divisor % 10))
            divisor /= 10
        }
    }
}
