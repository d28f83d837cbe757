import Log
import NIOConcurrencyHelpers

/// Carries another thread's news to the loop: one wake-up for however much happened before it arrived.
final class LoopSignal<Failure: Error>: Sendable {
    private struct State {
        var wake: (@Sendable () -> Void)?
        var isScheduled = false
        var failure: Failure?
    }
    private let state = NIOLockedValueBox(State())

    func start(_ wake: @escaping @Sendable () -> Void) { state.withLockedValue { $0.wake = wake } }
    func stop() { state.withLockedValue { $0.wake = nil } }

    /// On any thread.
    func raise(_ failure: Failure?) {
        let wake: (@Sendable () -> Void)? = state.withLockedValue { state in
            if let failure { state.failure = failure }
            guard !state.isScheduled else { return nil }
            state.isScheduled = true
            return state.wake
        }
        wake?()
    }

    /// On the loop, when the wake-up has arrived: what failed, if anything did.
    func arrived() -> Failure? {
        state.withLockedValue { state in
            state.isScheduled = false
            return state.failure
        }
    }
}

/// Carries the snapshot thread's events, which are few, one by one.
final class SnapshotEvents: Sendable {
    private let handler = NIOLockedValueBox<(@Sendable (SnapshotEvent) -> Void)?>(nil)

    func start(_ handler: @escaping @Sendable (SnapshotEvent) -> Void) { self.handler.withLockedValue { $0 = handler } }
    func stop() { handler.withLockedValue { $0 = nil } }
    func heard(_ event: SnapshotEvent) { handler.withLockedValue { $0 }?(event) }
}
