import Glibc

/// What one file holds: what everybody sees, what is on the platter, and the changes between them in their order.
///
/// The bytes of pending writes lie one after the other in one array, so that a write allocates nothing once the array
/// has its size, and a sync touches only the ranges that were written.
struct FileContent: Sendable {
    enum Change: Hashable, Sendable {
        /// Bytes `start..<start + count` of `pendingBytes` at `offset`.
        case write(offset: Int, start: Int, count: Int)
        case resize(Int)
    }

    private static let keptCapacityMax = 256 << 10

    private(set) var seen: [UInt8] = []
    private(set) var platter: [UInt8] = []
    private(set) var changes: [Change] = []
    private var pendingBytes: [UInt8] = []
    /// Seen, not on the platter, and not to be written by any later sync: what a failed sync had covered.
    private(set) var forgotten = ByteRanges()
    private(set) var memory = SectorMemory()

    /// The directory that it is in; changes never.
    var home = 0
    var openCount = 0
    /// Whether a name that is seen leads here.
    var isLinked = false
    /// Whether it is counted among the directory's dirty files.
    var isCounted = false

    init() {}

    /// A file as it is found when a machine comes back.
    init(platter: [UInt8], memory: SectorMemory, home: Int) {
        seen = platter
        self.platter = platter
        self.memory = memory
        self.home = home
    }

    var isDirty: Bool { !changes.isEmpty || seen.count != platter.count || !forgotten.isEmpty }
    var unsyncedByteCount: Int { pendingBytes.count + forgotten.count }

    // MARK: Changing

    /// Writes the first `limit` bytes of the pieces.
    mutating func write(_ pieces: UnsafeBufferPointer<iovec>, limit: Int, at offset: Int) {
        let start = pendingBytes.count
        var rest = limit
        for piece in pieces where rest > 0 {
            let count = min(rest, piece.iov_len)
            pendingBytes.append(contentsOf: UnsafeRawBufferPointer(start: piece.iov_base, count: count))
            rest -= count
        }
        let count = limit - rest
        guard count > 0 else { return }
        pendingBytes.withUnsafeBytes {
            Self.put(UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)]), at: offset, into: &seen)
        }
        changes.append(.write(offset: offset, start: start, count: count))
        if !forgotten.isEmpty { forgotten.remove(offset..<(offset + count)) }
    }

    mutating func resize(to count: Int) {
        guard count != seen.count else { return }
        if count < seen.count { forgotten.remove(count..<seen.count) }
        Self.resize(&seen, to: count)
        changes.append(.resize(count))
    }

    /// fsync: all changes are on the platter, the size with them.
    ///
    /// - Parameter isDataOnly: fdatasync, taken at its word (POSIX: what is needed to read the data back): that the
    ///   file became shorter need not be on the platter.
    mutating func sync(isDataOnly: Bool) {
        guard !changes.isEmpty else { return }
        let tail = isDataOnly && platter.count > seen.count ? Array(platter[seen.count...]) : []
        pendingBytes.withUnsafeBytes { bytes in
            for change in changes {
                switch change {
                case .resize(let count): Self.resize(&platter, to: count)
                case .write(let offset, let start, let count):
                    let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
                    platter.withUnsafeBytes { memory.note($0, at: offset, replacedBy: piece) }
                    Self.put(piece, at: offset, into: &platter)
                }
            }
        }
        Self.resize(&platter, to: seen.count)
        dropChanges()
        if !tail.isEmpty {
            platter += tail
            changes.append(.resize(seen.count))
        }
    }

    /// A sync failed: the kernel takes the pages for clean, whatever became of them (ATC'20).
    ///
    /// - Parameter seed: each page reaches the platter or not, by this seed's coins; without it none does.
    mutating func failSync(seed: UInt64?) {
        if let seed {
            platter = survivors(.scatteredPages(seed: seed), stream: 0)
        }
        for change in changes {
            if case .write(let offset, _, let count) = change {
                forgotten.insert(offset..<min(offset + count, max(offset, seen.count)))
            }
        }
        dropChanges()
    }

    /// The write that was made last is on the platter; earlier ones stay pending, and so does a size that was changed
    /// by something else. Their bytes must not overlap.
    mutating func syncLastWrite() {
        guard case .write(let offset, let start, let count)? = changes.popLast() else { return }
        precondition(!isPending(offset..<(offset + count)), "an earlier write to the same bytes is pending")
        pendingBytes.withUnsafeBytes { bytes in
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
            platter.withUnsafeBytes { memory.note($0, at: offset, replacedBy: piece) }
            Self.put(piece, at: offset, into: &platter)
        }
        pendingBytes.removeLast(pendingBytes.count - start)
    }

    /// The same, failed: its bytes are seen, and no later sync puts them on the platter.
    mutating func failSyncOfLastWrite() {
        guard case .write(let offset, let start, let count)? = changes.popLast() else { return }
        forgotten.insert(offset..<(offset + count))
        pendingBytes.removeLast(pendingBytes.count - start)
    }

    private mutating func dropChanges() {
        changes.removeAll(keepingCapacity: changes.count <= 1024)
        pendingBytes.removeAll(keepingCapacity: pendingBytes.count <= Self.keptCapacityMax)
    }

    // MARK: Damage

    func isPending(_ range: Range<Int>) -> Bool {
        changes.contains {
            if case .write(let offset, _, let count) = $0 { range.overlaps(offset..<(offset + count)) } else { false }
        }
    }

    /// Changes what the platter holds, behind everybody's back. It is seen too, unless the page cache has something
    /// newer there.
    mutating func damage(_ bytes: [UInt8], at offset: Int) {
        let range = offset..<(offset + bytes.count)
        precondition(range.upperBound <= platter.count, "nothing is there to be damaged")
        platter.replaceSubrange(range, with: bytes)
        guard !isPending(range), range.upperBound <= seen.count else { return }
        seen.replaceSubrange(range, with: bytes)
        forgotten.remove(range)
    }

    /// Replaces the whole, synced.
    mutating func replace(with bytes: [UInt8]) {
        seen = bytes
        platter = bytes
        forgotten = ByteRanges()
        dropChanges()
    }

    // MARK: Crashing

    /// What the platter holds after a crash.
    ///
    /// - Parameter stream: sets this file's coins apart from those of others.
    func survivors(_ loss: SimulatedDisk.Loss, stream: UInt64) -> [UInt8] {
        var random = Coins(seed: loss.seed, stream: stream)
        var bytes = platter
        // A reordered write is drawn among those that leave at least one behind, if there are two.
        let first = random.below(max(1, changes.count))
        for (index, change) in changes.enumerated() {
            let isLast = index == changes.count - 1
            switch loss {
            case .lost, .namesOnly: return bytes
            case .kept, .contentsOnly: apply(change, to: &bytes)
            case .torn where isLast: applyHalf(change, unit: 512, to: &bytes)
            case .tornPages where isLast: applyHalf(change, unit: 4096, to: &bytes)
            case .torn, .tornPages: apply(change, to: &bytes)
            case .scattered: applySome(change, unit: 512, to: &bytes) { random.next() }
            case .scatteredPages: applySome(change, unit: 4096, to: &bytes) { random.next() }
            case .reordered: if index >= first { apply(change, to: &bytes) }
            }
        }
        return bytes
    }

    private func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .resize(let count): Self.resize(&bytes, to: count)
        case .write(let offset, let start, let count): put(offset..<(offset + count), offset - start, into: &bytes)
        }
    }

    private func applyHalf(_ change: Change, unit: Int, to bytes: inout [UInt8]) {
        guard case .write(let offset, let start, let count) = change else { return apply(change, to: &bytes) }
        let pieces = Self.pieces(of: offset..<(offset + count), unit: unit)
        for piece in pieces.prefix(pieces.count / 2) { put(piece, offset - start, into: &bytes) }
    }

    private func applySome(_ change: Change, unit: Int, to bytes: inout [UInt8], _ coin: () -> Bool) {
        guard case .write(let offset, let start, let count) = change else {
            if coin() { apply(change, to: &bytes) }
            return
        }
        for piece in Self.pieces(of: offset..<(offset + count), unit: unit) where coin() {
            put(piece, offset - start, into: &bytes)
        }
    }

    /// Puts that range of the file, which lies `shift` before itself in `pendingBytes`.
    private func put(_ range: Range<Int>, _ shift: Int, into bytes: inout [UInt8]) {
        pendingBytes.withUnsafeBytes {
            let piece = $0[(range.lowerBound - shift)..<(range.upperBound - shift)]
            Self.put(UnsafeRawBufferPointer(rebasing: piece), at: range.lowerBound, into: &bytes)
        }
    }

    private static func pieces(of range: Range<Int>, unit: Int) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min((start / unit + 1) * unit, range.upperBound)
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }

    // MARK: Bytes

    private static func resize(_ bytes: inout [UInt8], to count: Int) {
        if count < bytes.count {
            bytes.removeLast(bytes.count - count)
        } else if count > bytes.count {
            bytes += [UInt8](repeating: 0, count: count - bytes.count)
        }
    }

    private static func put(_ source: UnsafeRawBufferPointer, at offset: Int, into bytes: inout [UInt8]) {
        if offset == bytes.count { return bytes.append(contentsOf: source) }
        let end = offset + source.count
        if end > bytes.count { resize(&bytes, to: end) }
        bytes.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[offset..<end]).copyMemory(from: source)
        }
    }
}
