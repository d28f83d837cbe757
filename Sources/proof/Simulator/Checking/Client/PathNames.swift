/// Numbers for paths, in the order in which they are first named.
///
/// A hash table of its own: one look-up per event, on bytes, without SipHash and without making a String.
struct PathNames {
    private var bytes: [UInt8] = []
    private var starts: [Int32] = [0]
    private(set) var hashes: [UInt64] = []
    private var buckets: [Int32] = Array(repeating: -1, count: 256)

    var count: Int { hashes.count }

    /// FNV-1a with a last mixing step, so that the low bits are good enough for the table and the sum of names.
    static func hash(_ path: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 32)) &* 0xd6e8_feb8_6659_fd93
        return hash ^ (hash >> 32)
    }

    mutating func number(_ path: String) -> Int32 {
        var path = path
        return path.withUTF8 { number(UnsafeRawBufferPointer($0)) }
    }

    /// The path's number; a new one if it has none yet.
    mutating func number(_ path: UnsafeRawBufferPointer) -> Int32 {
        let hash = Self.hash(path)
        var position = Int(truncatingIfNeeded: hash) & (buckets.count - 1)
        while buckets[position] >= 0 {
            let candidate = Int(buckets[position])
            if hashes[candidate] == hash, isEqual(candidate, path) { return Int32(candidate) }
            position = (position + 1) & (buckets.count - 1)
        }
        let new = Int32(hashes.count)
        buckets[position] = new
        hashes.append(hash)
        bytes.append(contentsOf: path)
        starts.append(Int32(bytes.count))
        if hashes.count * 2 > buckets.count { grow() }
        return new
    }

    func withBytes<Result>(of number: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[Int(starts[Int(number)])..<Int(starts[Int(number) + 1])]))
        }
    }

    func text(_ number: Int32) -> String {
        withBytes(of: number) { String(decoding: $0, as: UTF8.self) }
    }

    private func isEqual(_ number: Int, _ path: UnsafeRawBufferPointer) -> Bool {
        let start = Int(starts[number])
        guard Int(starts[number + 1]) - start == path.count else { return false }
        for offset in 0..<path.count where bytes[start + offset] != path[offset] { return false }
        return true
    }

    private mutating func grow() {
        buckets = Array(repeating: -1, count: buckets.count * 2)
        for (number, hash) in hashes.enumerated() {
            var position = Int(truncatingIfNeeded: hash) & (buckets.count - 1)
            while buckets[position] >= 0 { position = (position + 1) & (buckets.count - 1) }
            buckets[position] = Int32(number)
        }
    }
}
