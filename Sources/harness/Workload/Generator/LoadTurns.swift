import CPlatform
import Synchronization

/// Two loads on two ensembles that take turns on one machine: while one sends, the other's servers are idle.
///
/// What a shared machine does to one of them it does to the other a few hundredths of a second later, and so it cancels in their
/// ratio. Runs one after the other are seconds apart, and by then the neighbours do something else. (Bulej et al., "Duet
/// Benchmarking", ICPE 2020, runs both at once; two ensembles at once would measure how they share two cores.)
public final class LoadTurns: Sendable {
    /// One of the two loads.
    public enum Side: Int, Sendable, CaseIterable {
        case a, b
    }

    /// Why a load that takes turns did not begin.
    public struct Alone: Error, CustomStringConvertible {
        public let description = "the other load of the pair ended before it began"
    }

    private struct State {
        var waiting: [Side: CheckedContinuation<UInt64, any Error>] = [:]
        var isOver = false
    }

    /// Of each turn.
    public let milliseconds: Int
    /// Who has the first turn of every load.
    public let first: Side
    private let state = Mutex(State())

    /// - Parameter milliseconds: at least 20, so that a load has time to send in.
    public init(milliseconds: Int, first: Side) {
        precondition(milliseconds >= 20)
        self.milliseconds = milliseconds
        self.first = first
    }

    /// Waits until the other load is ready, too.
    ///
    /// The turns begin a rest after the loads do, so that a measured part of whole turns begins and ends in a rest: counters
    /// that are read a little late then belong to nobody's turn.
    ///
    /// - Returns: when this load may send; the load begins one rest earlier.
    /// - Throws: `Alone`, `CancellationError`.
    func begin(_ side: Side) async throws -> TurnSchedule {
        let start = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in arrive(side, continuation) }
        } onCancel: {
            let waiter = state.withLock { $0.waiting.removeValue(forKey: side) }
            waiter?.resume(throwing: CancellationError())
        }
        let rest = UInt64(milliseconds) * 1_000_000 / 10
        return TurnSchedule(
            start: start + rest,
            length: UInt64(milliseconds) * 1_000_000,
            rest: rest,
            isFirst: side == first
        )
    }

    private func arrive(_ side: Side, _ continuation: CheckedContinuation<UInt64, any Error>) {
        enum Step {
            case wait
            case fail(any Error)
            case begin([CheckedContinuation<UInt64, any Error>])
        }
        let step = state.withLock { state -> Step in
            if Task.isCancelled { return .fail(CancellationError()) }
            if state.isOver { return .fail(Alone()) }
            precondition(state.waiting[side] == nil, "a side has one load at a time")
            state.waiting[side] = continuation
            guard state.waiting.count == Side.allCases.count else { return .wait }
            defer { state.waiting = [:] }
            return .begin(Array(state.waiting.values))
        }
        switch step {
        case .wait: break
        case .fail(let error): continuation.resume(throwing: error)
        case .begin(let all):
            // A little ahead, so that all loops of both loads begin at the same time.
            let start = zb_monotonic_nanoseconds() + 20_000_000
            for waiter in all { waiter.resume(returning: start) }
        }
    }

    /// One side makes no more loads: the other would wait for ever.
    public func end() {
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resume(throwing: Alone()) }
    }
}

/// One load's part in the turns.
public struct LoadTurn: Sendable {
    public let turns: LoadTurns
    public let side: LoadTurns.Side
    /// Processor time of this load's servers since they began, nanoseconds, to be read at each border of its turns; nil
    /// where nobody can know.
    public var processor: (@Sendable () -> UInt64?)?

    public init(_ turns: LoadTurns, _ side: LoadTurns.Side) {
        self.turns = turns
        self.side = side
    }
}
