import Wire
import Zab

/// What was read from a connection and is not taken yet: bytes in, whole frames out, each with its length
/// (`UInt32`, big-endian) before it.
///
/// A read that begins where a frame begins is handed out from where it was read to; only what a read cuts off, and
/// frames that nobody takes yet, are copied. The memory is at most `memoryMax` whatever the other side does: what has
/// been taken is given up at the latest when as much as is left has been, so that each byte is moved a bounded number
/// of times.
public struct FrameBuffer: Sendable {
    public struct Bounds: Hashable, Sendable {
        /// What a length may be.
        public var lengths: ClosedRange<Int>
        /// The most bytes that may wait. More than that is `Problem.tooMuch`, and the end of the connection.
        public var held: Int

        /// - Parameter readAhead: how much is read at most once something waits: what one turn of the loop may read, and
        ///   what the shell goes on to read after that.
        public init(lengths: ClosedRange<Int>, readAhead: Int) {
            self.lengths = lengths
            held = lengths.upperBound + 4 + readAhead
        }
    }

    /// Why nothing more can be read from this connection.
    public enum Problem: Hashable, Sendable {
        /// A length that no frame has.
        case length(Int)
        /// So many bytes would wait.
        case tooMuch(Int)
    }

    /// What one turn of a loop reads from one socket at most: `maxMessagesPerRead` times the largest receive buffer.
    public static let turnBytesMax = 4 << 20
    /// An empty buffer with more memory than this gives it back.
    public static let keptMax = 16 << 10

    public let bounds: Bounds
    private var bytes: [UInt8] = []
    /// Bytes before this have been taken.
    private var head = 0
    /// Where the last whole frame ends, and where the length of the next one begins.
    private var wholeEnd = 0
    /// Frames before this have been offered to `lift`.
    private var liftedEnd = 0
    private var problem: Problem?
    /// The problem has been reported.
    private var isOver = false
    /// The most bytes that have waited since the memory was last given back.
    private var heldMost = 0

    public init(_ bounds: Bounds) { self.bounds = bounds }

    /// How many whole frames have come.
    public private(set) var frameCount = 0

    /// Bytes that wait.
    public var held: Int { bytes.count - head }
    /// True while a whole frame waits.
    public var hasWholeFrame: Bool { wholeEnd > head }
    /// How many whole frames wait, by looking at each.
    public var waitingFrames: Int {
        guard hasWholeFrame else { return 0 }
        return bytes.withUnsafeBytes { all in
            var cursor = FrameCursor(UnsafeRawBufferPointer(rebasing: all[..<wholeEnd]), from: head)
            var count = 0
            while cursor.next() != nil { count += 1 }
            return count
        }
    }
    /// Bytes of memory, used or not.
    public var memory: Int { bytes.capacity }
    /// What `memory` may be, by what has waited: twice that, and what an allocator adds.
    public var memoryMax: Int { 2 * heldMost * 5 / 4 + 64 }

    /// Takes what was read.
    ///
    /// - Parameter take: gets whole frames, one behind the other, and says how many of their bytes it has taken, which
    ///   is a number of whole frames. It is not called again before the next `receive` or `resume` if that is not all.
    /// - Returns: what is wrong, once; the frames before it have been handed out, and nothing is read after it.
    public mutating func receive(_ read: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Int) -> Problem? {
        var read = read
        if PlantedBug.inboundNeverCompacted.isPlanted, held > 0 {
            hold(read)
            scan()
            resume(take)
            return report()
        }
        if held > 0, !hasWholeFrame {
            read = UnsafeRawBufferPointer(rebasing: read[complete(with: read)...])
            guard problem == nil else { return report() }
            resume(take)
        }
        guard problem == nil, !read.isEmpty else { return nil }
        if held > 0 {
            hold(read)
            scan()
        } else {
            passOn(read, take)
        }
        return report()
    }

    /// Offers again what waits.
    public mutating func resume(_ take: (UnsafeRawBufferPointer) -> Int) {
        guard hasWholeFrame else { return }
        let waiting = head..<wholeEnd
        let taken = bytes.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[waiting])) }
        head += taken
        if PlantedBug.takenCountedTwice.isPlanted, taken > 0, hasWholeFrame {
            head += 4 + bytes.withUnsafeBytes { FrameCursor($0, from: head).length! }
        }
        liftedEnd = max(liftedEnd, head)
        if head == bytes.count { giveBack() }
    }

    /// Takes frames out of those that wait, wherever among them they are; each is offered once.
    ///
    /// - Parameter isLifted: gets a frame without its length; true if it is done with.
    public mutating func lift(_ isLifted: (UnsafeRawBufferPointer) -> Bool) {
        let start = max(liftedEnd, head)
        guard start < wholeEnd else { return }
        let end = wholeEnd
        let kept = bytes.withUnsafeMutableBytes { all in
            var cursor = FrameCursor(UnsafeRawBufferPointer(rebasing: all[..<end]), from: start)
            var (place, kept) = (start, start)
            while let frame = cursor.next() {
                if !isLifted(frame) {
                    if kept < place { Self.move(all, from: place..<cursor.offset, to: kept) }
                    kept += cursor.offset - place
                }
                place = cursor.offset
            }
            return kept
        }
        if kept < end { bytes.removeSubrange(kept..<end) }
        wholeEnd = kept
        liftedEnd = kept
        if head == bytes.count { giveBack() }
    }

    /// Nothing more is read or taken.
    public mutating func close() {
        bytes = []
        (head, wholeEnd, liftedEnd, heldMost) = (0, 0, 0, 0)
    }

    // MARK: what is read

    private static func move(_ all: UnsafeMutableRawBufferPointer, from: Range<Int>, to place: Int) {
        (all.baseAddress! + place).copyMemory(from: all.baseAddress! + from.lowerBound, byteCount: from.count)
    }

    /// Where the whole frames end that begin at `offset`. A length that no frame has ends them, too.
    private mutating func end(of bytes: UnsafeRawBufferPointer, from offset: Int) -> Int {
        var cursor = FrameCursor(bytes, from: offset)
        while let length = cursor.length {
            guard bounds.lengths.contains(length) else {
                problem = .length(length)
                break
            }
            guard cursor.next() != nil else { break }
            frameCount += 1
        }
        return cursor.offset
    }

    /// Nothing waits: whole frames are handed out from where they were read to.
    private mutating func passOn(_ read: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Int) {
        let end = end(of: read, from: 0)
        let taken = end > 0 ? take(UnsafeRawBufferPointer(rebasing: read[..<end])) : 0
        let rest = problem == nil ? read.count : end
        guard taken < rest else { return }
        if PlantedBug.partialFrameDropped.isPlanted, taken == end { return }
        if PlantedBug.frameCutAtLengthDropped.isPlanted, taken == end, rest - end == 4 { return }
        hold(UnsafeRawBufferPointer(rebasing: read[taken..<rest]))
        wholeEnd = head + end - taken
    }

    /// Copies what the frame that was cut off lacks. Returns how much of `read` that was.
    private mutating func complete(with read: UnsafeRawBufferPointer) -> Int {
        var used = 0
        if held < 4 {
            used = min(4 - held, read.count)
            hold(UnsafeRawBufferPointer(rebasing: read[..<used]))
            guard held == 4 else { return used }
        }
        let length = bytes.withUnsafeBytes { FrameCursor($0, from: head).length! }
        guard bounds.lengths.contains(length) else {
            problem = .length(length)
            return used
        }
        let missing = min(4 + length - held, read.count - used)
        hold(UnsafeRawBufferPointer(rebasing: read[used..<(used + missing)]))
        if held == 4 + length {
            wholeEnd = bytes.count
            frameCount += 1
        }
        return used + missing
    }

    /// Whole frames wait, and what was read has come behind them.
    private mutating func scan() {
        guard problem == nil else { return }
        let start = wholeEnd
        let all = bytes
        wholeEnd = all.withUnsafeBytes { end(of: $0, from: start) }
    }

    private mutating func report() -> Problem? {
        defer { if problem != nil { isOver = true } }
        return isOver ? nil : problem
    }

    // MARK: memory

    private mutating func hold(_ more: UnsafeRawBufferPointer) {
        guard held + more.count <= bounds.held else {
            problem = .tooMuch(held + more.count)
            return
        }
        if !PlantedBug.inboundNeverCompacted.isPlanted { makeRoom(for: more.count) }
        bytes.append(contentsOf: more)
        heldMost = max(heldMost, held)
    }

    private mutating func makeRoom(for count: Int) {
        let held = self.held
        let isMostlyTaken = head >= held
        guard isMostlyTaken || bytes.count + count > bytes.capacity else { return }
        if isMostlyTaken, held + count <= bytes.capacity {
            // Moves no more than has been taken since the last time.
            bytes.removeSubrange(..<head)
        } else {
            // At least twice what is moved: as much comes before the next time.
            var larger: [UInt8] = []
            larger.reserveCapacity(max(2 * held, held + count))
            larger += bytes[head...]
            bytes = larger
        }
        wholeEnd -= head
        liftedEnd = max(0, liftedEnd - head)
        head = 0
    }

    /// All has been taken.
    private mutating func giveBack() {
        if bytes.capacity > Self.keptMax {
            bytes = []
            heldMost = 0
        } else {
            bytes.removeAll(keepingCapacity: true)
        }
        (head, wholeEnd, liftedEnd) = (0, 0, 0)
    }
}
