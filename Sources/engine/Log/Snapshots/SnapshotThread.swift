import Synchronization
import Zab

/// What a snapshot thread has to say.
public enum SnapshotEvent: Hashable, Sendable {
    /// There is room for chunks again, after `offer` had to refuse one.
    case room
    /// This snapshot is whole and durable.
    case finished(LogPosition)
    /// This snapshot could not be written, and is gone. Others can be begun.
    case failed(LogPosition, LogError)
}

/// A piece of a snapshot's payload, on its way to the file.
public final class SnapshotChunk: @unchecked Sendable {
    public let bytes: UnsafeRawBufferPointer

    /// Copies the bytes.
    public init(copying bytes: UnsafeRawBufferPointer) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyMemory(from: bytes)
        self.bytes = UnsafeRawBufferPointer(copy)
    }

    deinit { bytes.deallocate() }
}

/// Writes snapshots on a thread of its own, so that the event loop never waits for their IO. One snapshot at a time:
/// `begin`, any number of chunks, then `finish` or `abandon`.
///
/// The loop makes chunks only while `offer` takes them; when it has refused one, `SnapshotEvent.room` says when to go
/// on. So at most `capacity` chunks are ever in memory. All methods are for one thread.
public final class SnapshotThread<D: Disk>: @unchecked Sendable {
    private enum Command {
        case begin(LogPosition)
        case chunk(SnapshotChunk)
        case finish
        case abandon
    }

    private let store: SnapshotStore<D>
    private let ring: Ring<Command>
    private let doorbell = Doorbell()
    private let notify: @Sendable (SnapshotEvent) -> Void
    private let wantsRoom = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private var thread: PosixThread?

    /// - Parameters:
    ///   - capacity: in chunks; a power of two.
    ///   - notify: called on the snapshot thread.
    public init(
        _ store: SnapshotStore<D>,
        capacity: Int = 16,
        notify: @escaping @Sendable (SnapshotEvent) -> Void
    ) {
        self.store = store
        self.notify = notify
        ring = Ring(capacity: capacity)
    }

    public func start() {
        precondition(thread == nil)
        thread = PosixThread(name: "zab-snapshot") { [self] in run() }
    }

    /// Carries out what was offered, abandons a snapshot that is not finished, and ends the thread.
    public func stop() {
        guard let thread else { return }
        isStopping.store(true, ordering: .sequentiallyConsistent)
        doorbell.ring()
        thread.join()
        self.thread = nil
    }

    /// Each returns false, and does nothing, if there is no room: try again after `SnapshotEvent.room`.
    public func begin(_ position: LogPosition) -> Bool { push(.begin(position)) }
    public func offer(_ chunk: SnapshotChunk) -> Bool { push(.chunk(chunk)) }
    public func finish() -> Bool { push(.finish) }
    public func abandon() -> Bool { push(.abandon) }

    private func push(_ command: Command) -> Bool {
        var isPushed = ring.push(command)
        if !isPushed {
            wantsRoom.store(true, ordering: .sequentiallyConsistent)
            // The thread may have made room before it could see the wish.
            isPushed = ring.push(command)
            if isPushed { wantsRoom.store(false, ordering: .sequentiallyConsistent) }
        }
        doorbell.ring()
        return isPushed
    }

    // MARK: The snapshot thread

    private func run() {
        var writer: SnapshotFileWriter<D>?
        while true {
            let isLast = isStopping.load(ordering: .sequentiallyConsistent)
            var took = false
            while let command = ring.pop() {
                took = true
                writer = carryOut(command, writer)
                if wantsRoom.load(ordering: .sequentiallyConsistent), ring.count <= ring.capacity / 2,
                    wantsRoom.exchange(false, ordering: .sequentiallyConsistent)
                {
                    notify(.room)
                }
            }
            if isLast {
                writer?.abandon()
                return
            }
            // A wish that came when the ring had just been emptied: nothing else would ever answer it.
            if !took, wantsRoom.exchange(false, ordering: .sequentiallyConsistent) { notify(.room) }
            doorbell.wait {
                !ring.isEmpty || isStopping.load(ordering: .sequentiallyConsistent)
                    || wantsRoom.load(ordering: .sequentiallyConsistent)
            }
        }
    }

    /// Returns the writer that goes on; nil if there is none, or it failed, and chunks are dropped up to `begin`.
    private func carryOut(_ command: Command, _ writer: SnapshotFileWriter<D>?) -> SnapshotFileWriter<D>? {
        var position = writer?.position ?? .zero
        do {
            switch command {
            case .begin(let next):
                writer?.abandon()
                position = next
                return try store.begin(next)
            case .chunk(let chunk):
                try writer?.append(chunk.bytes)
                return writer
            case .finish:
                guard let writer else { return nil }
                try writer.finish()
                notify(.finished(writer.position))
                return nil
            case .abandon:
                writer?.abandon()
                return nil
            }
        } catch {
            writer?.abandon()
            notify(.failed(position, error))
            return nil
        }
    }
}
