import Glibc
import Zab

/// A segment file that has its identity, the blocks that its allocation promises, and its name, all durable; not started
/// yet.
struct PreparedSegment<D: Disk>: Sendable {
    let sequence: UInt64
    let path: String
    let file: D.File
}

/// Where new segments come from and old ones go to.
///
/// A file whose blocks have been written before needs no journal transaction to be written again: that is worth a
/// factor of two and more in syncs per second. So, where the strategy recycles, dropped segments are kept (at most
/// `recycledMax`) and used again, and where there is none, a new file is written full of zeros first. Both take long, so a thread of its own does it ahead
/// of need; without one (`startThread` not called: the simulator, and tests) it happens when it is asked for.
final class SegmentSupply<D: Disk>: @unchecked Sendable {
    private let disk: D
    private let directory: String
    private let segmentSize: Int
    private let allocation: SegmentAllocation
    private let recycledMax: Int
    private let gate = Gate()

    // Guarded by `gate`.
    private var nextSequence: UInt64
    private var recycled: [String]
    private var prepared: PreparedSegment<D>?
    private var failure: LogError?
    private var retiring: [SegmentCatalog<D>.Segment] = []
    private var isStopping = false
    private var waits = 0

    private var thread: PosixThread?

    /// - Parameter recycled: paths of files of exactly `segmentSize`, free for use, names durable.
    init(
        _ disk: D,
        directory: String,
        segmentSize: Int,
        allocation: SegmentAllocation,
        recycledMax: Int,
        nextSequence: UInt64,
        recycled: [String]
    ) {
        self.disk = disk
        self.directory = directory
        self.segmentSize = segmentSize
        self.allocation = allocation
        self.recycledMax = recycledMax
        self.nextSequence = nextSequence
        self.recycled = recycled
    }

    /// How often `take` had to wait for the thread.
    var lateCount: Int { gate.withLock { waits } }

    /// The next segment; prepares it, or waits for the thread to, if none is ready.
    func take() throws(LogError) -> PreparedSegment<D> {
        if thread == nil {
            if let failure { throw failure }
            let segment = try prepare()
            return segment
        }
        let result: Result<PreparedSegment<D>, LogError> = gate.withLock {
            if prepared == nil && failure == nil { waits += 1 }
            while prepared == nil && failure == nil { gate.wait() }
            if let failure { return .failure(failure) }
            let segment = prepared!
            prepared = nil
            gate.wakeAll()
            return .success(segment)
        }
        return try result.get()
    }

    /// Removes segments that no longer count, oldest first, each removal durable before the next: a hole must never be
    /// seen. Done by the thread, if there is one.
    func retire(_ segments: [SegmentCatalog<D>.Segment]) throws(LogError) {
        guard !segments.isEmpty else { return }
        if thread == nil {
            for segment in segments { try remove([segment]) }
        } else {
            gate.withLock {
                retiring += segments
                gate.wakeAll()
            }
        }
    }

    /// Removes segments that a durable start has voided, in any order, and returns when they are gone for good.
    func remove(_ segments: [SegmentCatalog<D>.Segment]) throws(LogError) {
        guard !segments.isEmpty else { return }
        do {
            var kept: [String] = []
            for segment in segments {
                let path = directory + "/" + SegmentName.make(SegmentName.recycled, segment.sequence)
                let mayKeep = gate.withLock { recycled.count + kept.count < recycledMax } && segment.pins == 0
                if mayKeep, try disk.size(of: segment.file) == segmentSize {
                    try disk.rename(segment.path, to: path)
                    kept.append(path)
                } else {
                    try disk.remove(segment.path)
                }
            }
            try disk.syncDirectory(directory)
            gate.withLock { recycled += kept }
        } catch {
            throw .disk(error)
        }
    }

    // MARK: Preparing

    private func prepare() throws(LogError) -> PreparedSegment<D> {
        let (sequence, source): (UInt64, String?) = gate.withLock {
            defer { nextSequence += 1 }
            return (nextSequence, recycled.popLast())
        }
        do {
            let path = directory + "/" + SegmentName.make(SegmentName.live, sequence)
            let file: D.File
            let temporary: String
            if let source {
                temporary = source
                file = try disk.open(source, .existing)
            } else {
                temporary = directory + "/" + SegmentName.make(SegmentName.new, sequence)
                file = try disk.open(temporary, .replacing)
                switch allocation {
                case .append: break
                case .fallocate: try disk.allocate(file, count: segmentSize)
                case .prewritten, .recycled: try fill(file)
                }
            }
            try writeHead(SegmentIdentity(sequence: sequence, isRecycled: source != nil), to: file)
            try disk.sync(file)
            try disk.rename(temporary, to: path)
            if !PlantedBug.segmentNameNotSynced.isPlanted { try disk.syncDirectory(directory) }
            return PreparedSegment(sequence: sequence, path: path, file: file)
        } catch {
            throw .disk(error)
        }
    }

    /// The identity, and zeros over the start and the first group's header.
    private func writeHead(_ identity: SegmentIdentity, to file: D.File) throws(DiskError) {
        let size = SegmentFormat.headerSize + SegmentFormat.sector
        let head = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { head.deallocate() }
        head.initializeMemory(as: UInt8.self, repeating: 0)
        identity.write(to: head.baseAddress!)
        try disk.write(UnsafeRawBufferPointer(head), to: file, at: 0)
    }

    /// Writes the whole file with zeros, a piece at a time with write-behind: so that there is never so much dirty that
    /// the log's own syncs have to wait behind it.
    private func fill(_ file: D.File) throws(DiskError) {
        let piece = 1 << 20
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: min(piece, segmentSize), alignment: 16)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        var offset = 0
        while offset < segmentSize {
            let count = min(zeros.count, segmentSize - offset)
            try disk.write(UnsafeRawBufferPointer(rebasing: zeros[..<count]), to: file, at: offset)
            try disk.startWriteback(file, at: offset, count: count)
            if offset >= piece { try disk.awaitWriteback(file, at: offset - piece, count: piece) }
            offset += count
        }
    }

    // MARK: The thread

    func startThread() {
        precondition(thread == nil)
        thread = PosixThread(name: "zab-log-prep") { [self] in run() }
    }

    /// Finishes what it is at, and ends.
    func stopThread() {
        guard let thread else { return }
        gate.withLock {
            isStopping = true
            gate.wakeAll()
        }
        thread.join()
        self.thread = nil
    }

    private enum Work { case retire(SegmentCatalog<D>.Segment), prepare, stop }

    /// What to do next. The log may be waiting for a segment, so that comes first, unless an old one that has still to
    /// be retired would spare the writing of a new one.
    private func nextWork() -> Work {
        gate.withLock {
            while true {
                if failure == nil {
                    let mustPrepare = prepared == nil && !isStopping
                    if mustPrepare && !recycled.isEmpty { return .prepare }
                    if !retiring.isEmpty { return .retire(retiring.removeFirst()) }
                    if mustPrepare { return .prepare }
                }
                if isStopping { return .stop }
                gate.wait()
            }
        }
    }

    private func run() {
        while true {
            do throws(LogError) {
                switch nextWork() {
                case .stop: return
                case .retire(let segment): try remove([segment])
                case .prepare:
                    let segment = try prepare()
                    gate.withLock {
                        prepared = segment
                        gate.wakeAll()
                    }
                }
            } catch {
                fail(error)
            }
        }
    }

    private func fail(_ error: LogError) {
        gate.withLock {
            failure = error
            gate.wakeAll()
        }
    }
}
