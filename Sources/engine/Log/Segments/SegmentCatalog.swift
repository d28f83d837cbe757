import Synchronization
import Zab

/// Where a group begins, and what comes before it.
struct IndexEntry: Hashable, Sendable {
    /// The zxid and checksum of the record before the group.
    var after: Zxid
    var chain: UInt32
    var offset: Int

    /// A new entry is made when this many bytes have been written since the last.
    static let spacing = 64 << 10
}

/// The segments that hold the log, oldest first, for the log thread that appends and the threads that read.
///
/// The lock is held for a search or an append to an array, never for IO; the log thread takes it once a group.
///
/// A reader pins the segment that it reads. A segment that is dropped while pinned is not recycled but only unlinked:
/// the reader's open file keeps its bytes. So neither ever waits for the other.
final class SegmentCatalog<D: Disk>: Sendable {
    struct Segment: Sendable {
        let sequence: UInt64
        let path: String
        let file: D.File
        let startsAfter: Zxid
        let chain: UInt32
        /// Where the next group would begin.
        var end: Int
        var last: Zxid
        var index: [IndexEntry]
        var pins = 0
    }

    /// Where to begin to read.
    struct Place: Sendable {
        let sequence: UInt64
        let path: String
        let file: D.File
        let entry: IndexEntry
        let end: Int
        let generation: Int
    }

    private struct State {
        var segments: [Segment]
        var base: Zxid
        var baseChain: UInt32
        var last: Zxid
        /// Changes whenever records were cut, so that readers forget their places.
        var generation = 0
    }

    private let state: Mutex<State>

    init(segments: [Segment], base: Zxid, baseChain: UInt32, last: Zxid) {
        state = Mutex(State(segments: segments, base: base, baseChain: baseChain, last: last))
    }

    /// The zxid that the log starts after.
    var base: Zxid { state.withLock { $0.base } }
    var last: Zxid { state.withLock { $0.last } }
    var count: Int { state.withLock { $0.segments.count } }

    // MARK: The log thread's side

    func begin(_ segment: Segment) {
        state.withLock {
            if $0.segments.isEmpty {
                $0.base = segment.startsAfter
                $0.baseChain = segment.chain
            }
            $0.segments.append(segment)
        }
    }

    /// A group was written at the end of the newest segment.
    func extend(from entry: IndexEntry, to end: Int, last: Zxid) {
        state.withLock {
            let newest = $0.segments.count - 1
            $0.segments[newest].end = end
            $0.segments[newest].last = last
            $0.last = last
            guard let before = $0.segments[newest].index.last, entry.offset - before.offset < IndexEntry.spacing else {
                $0.segments[newest].index.append(entry)
                return
            }
        }
    }

    /// The log was cut after `zxid`, whose record ends at `end` of the segment `sequence`, and goes on in `segment`.
    /// Returns the segments that are void now.
    func cut(after zxid: Zxid, in sequence: UInt64, at end: Int, goingOnIn segment: Segment) -> [Segment] {
        state.withLock {
            let dropped = $0.segments.filter { $0.sequence > sequence }
            $0.segments.removeAll { $0.sequence > sequence }
            let newest = $0.segments.count - 1
            $0.segments[newest].end = end
            $0.segments[newest].last = zxid
            $0.segments[newest].index.removeAll { $0.after >= zxid }
            $0.segments.append(segment)
            $0.last = zxid
            $0.generation += 1
            return dropped
        }
    }

    /// Nothing of what was counts any more; the log goes on in `segment`. Returns the segments that are void now.
    func replaceAll(with segment: Segment) -> [Segment] {
        state.withLock {
            let dropped = $0.segments
            $0.segments = [segment]
            $0.base = segment.startsAfter
            $0.baseChain = segment.chain
            $0.last = segment.startsAfter
            $0.generation += 1
            return dropped
        }
    }

    // MARK: Any thread's side

    /// Forgets the segments that hold nothing after `zxid`, except the newest. Returns them, oldest first.
    func trim(keepingAfter zxid: Zxid) -> [Segment] {
        state.withLock { state in
            var dropped: [Segment] = []
            while state.segments.count > 1, state.segments[1].startsAfter <= zxid {
                dropped.append(state.segments.removeFirst())
            }
            if let oldest = state.segments.first {
                state.base = oldest.startsAfter
                state.baseChain = oldest.chain
            }
            return dropped
        }
    }

    /// The place from which the record after `zxid` is found, its segment pinned; nil if the log is empty.
    func pin(after zxid: Zxid) throws(LogError) -> Place? {
        try state.withLock { state throws(LogError) in
            guard zxid >= state.base, zxid <= state.last else {
                throw .notInLog(zxid, base: state.base, last: state.last)
            }
            guard let found = state.segments.lastIndex(where: { $0.startsAfter <= zxid }) else { return nil }
            state.segments[found].pins += 1
            let segment = state.segments[found]
            let entry =
                segment.index.last { $0.after <= zxid }
                ?? IndexEntry(after: segment.startsAfter, chain: segment.chain, offset: SegmentFormat.headerSize)
            return Place(
                sequence: segment.sequence,
                path: segment.path,
                file: segment.file,
                entry: entry,
                end: segment.end,
                generation: state.generation
            )
        }
    }

    func unpin(_ sequence: UInt64) {
        state.withLock {
            guard let index = $0.segments.firstIndex(where: { $0.sequence == sequence }) else { return }
            $0.segments[index].pins -= 1
        }
    }

    /// How far a pinned segment can be read now; nil if records were cut since `generation`.
    func end(of sequence: UInt64, generation: Int) -> Int? {
        state.withLock {
            guard $0.generation == generation else { return nil }
            return $0.segments.first { $0.sequence == sequence }?.end
        }
    }

    var baseChain: UInt32 { state.withLock { $0.baseChain } }
}
