import Synchronization

/// A hand on a load that runs: ends it in order, and tells how fresh its newest answer is.
///
/// A load that was stopped this way is whole: it drains, and is not counted as interrupted.
public final class LoadControl: Sendable {
    private struct State {
        var isStopped = false
        var stop: (@Sendable () -> Void)?
        var isCaughtUp: (@Sendable (UInt64) async -> Bool)?
    }

    private let state = Mutex(State())
    private let newestWrite = Atomic<UInt64>(0)
    private let epoch = Atomic<UInt32>(0)
    private let measuringStart = Atomic<UInt64>(0)

    public init() {}

    /// Ends the load now, or as soon as it begins.
    public func stop() {
        let stop = state.withLock { state in
            state.isStopped = true
            return state.stop
        }
        stop?()
    }

    /// When the newest answer to a write arrived, CLOCK_MONOTONIC; 0 before the first.
    public var lastWrite: UInt64 { newestWrite.load(ordering: .relaxed) }

    /// The greatest epoch that an answer to a write bore; 0 where they bear none.
    public var newestEpoch: UInt32 { epoch.load(ordering: .relaxed) }

    /// Answers to writes came at `now`, the newest of which bears `epoch`.
    func noteWrites(_ now: UInt64, epoch newest: UInt32) {
        newestWrite.store(now, ordering: .relaxed)
        if newest > epoch.load(ordering: .relaxed) { epoch.max(newest, ordering: .relaxed) }
    }

    /// When the measured part begins, CLOCK_MONOTONIC; 0 before the load does.
    public var measuringFrom: UInt64 { measuringStart.load(ordering: .relaxed) }

    /// Whether everything that was planned before `time`, CLOCK_MONOTONIC, has been answered or lost, by every session;
    /// in a closed loop, everything that was sent before. False before the load begins.
    public func isCaughtUp(with time: UInt64) async -> Bool {
        guard let isCaughtUp = state.withLock({ $0.isCaughtUp }) else { return false }
        return await isCaughtUp(time)
    }

    /// The load begins; `stop` ends it, and `isCaughtUp` answers for all its sessions.
    func attach(
        measuringFrom: UInt64,
        isCaughtUp: @escaping @Sendable (UInt64) async -> Bool,
        _ stop: @escaping @Sendable () -> Void
    ) {
        measuringStart.store(measuringFrom, ordering: .relaxed)
        let isStopped = state.withLock { state in
            state.stop = stop
            state.isCaughtUp = isCaughtUp
            return state.isStopped
        }
        if isStopped { stop() }
    }
}
