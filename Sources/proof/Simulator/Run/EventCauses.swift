import Zab

/// What was waited for, in nanoseconds of virtual time.
public struct EventWaits: Sendable {
    /// A message on its way.
    public internal(set) var message: Nanoseconds = 0
    public internal(set) var sync: Nanoseconds = 0
    /// The end of a round.
    public internal(set) var round: Nanoseconds = 0
    public internal(set) var other: Nanoseconds = 0
}

/// Who planned which event, so that of every instant between a request and its answer it can be told what was waited
/// for then: a message on its way, a sync, or the end of a round.
final class EventCauses {
    /// What the time between the plan of an event and the event itself was spent on.
    enum Wait { case message, sync, round, other }

    private struct Node {
        var cause: Int
        var wait = Wait.other
        var time: Nanoseconds = 0
    }

    /// By the event's number; the first stands for the beginning of the run.
    private var nodes = [Node(cause: 0)]
    /// The event that is being handled.
    private(set) var current = 0

    /// The event that is being handled plans another.
    func planned() { nodes.append(Node(cause: current)) }

    /// - Parameter number: counts events in the order of their planning, from 0.
    func begins(_ number: UInt64, _ event: Event, at time: Nanoseconds) {
        current = Int(number) + 1
        nodes[current].time = time
        nodes[current].wait =
            switch event {
            case .arrival, .dialled: .message
            case .log: .sync
            case .endOfRound: .round
            default: .other
            }
    }

    /// The event that is being handled was caused by another than the one that planned it.
    func isCaused(by number: Int) { nodes[current].cause = number }

    /// Adds what was waited for from `start` until the event that is being handled.
    func add(since start: Nanoseconds, to waits: inout EventWaits) {
        var number = current
        while number > 0, nodes[number].time > start {
            let cause = nodes[number].cause
            let time = nodes[number].time - max(start, nodes[cause].time)
            switch nodes[number].wait {
            case .message: waits.message += time
            case .sync: waits.sync += time
            case .round: waits.round += time
            case .other: waits.other += time
            }
            number = cause
        }
    }
}
