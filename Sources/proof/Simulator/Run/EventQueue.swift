import HeapModule
import Host
import Zab

/// What is going to happen, ordered by virtual time; at the same time, in the order in which it was planned. Nothing
/// else decides an order in a simulation.
struct EventQueue {
    private struct Entry: Comparable {
        let time: Nanoseconds
        let number: UInt64
        let event: Event

        static func < (left: Entry, right: Entry) -> Bool {
            (left.time, left.number) < (right.time, right.number)
        }

        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private var heap = Heap<Entry>()
    private var planned: UInt64 = 0
    /// Remembers who planned what, in runs that ask for it.
    var causes: EventCauses?

    mutating func plan(_ event: Event, at time: Nanoseconds) {
        heap.insert(Entry(time: time, number: planned, event: event))
        planned += 1
        causes?.planned()
    }

    var nextTime: Nanoseconds? { heap.min?.time }

    mutating func next() -> (time: Nanoseconds, event: Event)? {
        guard let entry = heap.popMin() else { return nil }
        causes?.begins(entry.number, entry.event, at: entry.time)
        return (entry.time, entry.event)
    }
}

/// One thing that happens. Events of a server carry the life that they belong to: a server that was stopped meanwhile
/// does not get them.
enum Event {
    case tick(server: Int, life: Int)
    case endOfRound(server: Int, life: Int)
    /// A call of the log to its disk is over, or it is time for the next.
    case log(server: Int, life: Int, turn: Int)
    case snapshot(server: Int, life: Int)
    case start(server: Int)
    /// What a server wanted to hear of later.
    case timer(server: Int, life: Int, HostTimer)
    /// The next packet of a connection's direction is due.
    case arrival(connection: Int, direction: Int)
    /// A dial succeeds or fails.
    case dialled(connection: Int)
    case client(Int, life: Int)
    case fault(Int)
    case faultEnd(Int)
    /// The power goes, of which this fault had waited for the moment.
    case blackout(Int)
    /// A server is hit in the middle of its election.
    case strike(server: Int, isPowerLoss: Bool)
    case sever(Int, Int)
    case reconnect
    /// A stranger under this server's id says something, unless the server is up again.
    case lie(server: Int, life: Int, choice: UInt64)
    /// One of a crowd comes to a server, and one goes.
    case comer(server: Int, choice: UInt64)
    case leaver(connection: Int)
    case mend(from: Int, to: Int)
    /// A process that stood still goes on.
    case resume(Int)
    /// A server is clogged, and free again.
    case clog(Int)
    case unclog(Int)
    /// Faults are over; from here on everything must come to rest.
    case heal
    case deadline
}
