import Host
import Replica
import Zab
import Znodes

/// When sessions or connections end, by the tick in which they do, as ZooKeeper's queues are.
private struct ExpirySets {
    let tick: Nanoseconds
    private var sets: [Nanoseconds: [String]] = [:]
    private var count = 0
    private var left: [Nanoseconds]?

    init(tick: Nanoseconds) { self.tick = tick }

    mutating func add(_ name: String, endsAt deadline: Nanoseconds) {
        sets[(deadline / tick + 1) * tick, default: []].append(name)
        count += 1
    }

    /// The next lines, about as many bytes; nil if there are no more. Nothing is added after the first call.
    ///
    /// - Parameters:
    ///   - now: of the clock of deadlines.
    ///   - wall: seconds since 1970.
    mutating func nextLines(_ title: String, now: Nanoseconds, wall: Int, bytes: Int) -> String? {
        var text = ""
        if left == nil {
            left = sets.keys.sorted(by: >)
            text = "\(title)Sets (\(sets.count))/(\(count)):\n"
        }
        while text.utf8.count < bytes, let time = left?.popLast() {
            let seconds = (Int(time) - Int(now)) / 1_000_000_000
            let names = sets[time]!
            text += "\(names.count) expire at \(JavaText.date(wall + seconds)):\n"
            for name in names { text += "\t\(name)\n" }
        }
        return text.isEmpty ? nil : text
    }
}

/// `dump`, in parts, each as of its moment.
private final class SessionDump {
    private enum Stage {
        case sessions, ephemerals, connections
    }

    private unowned let server: ServerLoop
    private var stage = Stage.sessions
    private var next = 0
    private var owners: [Int64]?
    /// Of a leader, whose sessions they are; nil of others.
    private var deadlines: [(id: Int64, deadline: Nanoseconds)]?
    private var sets: ExpirySets

    init(_ server: ServerLoop) {
        self.server = server
        sets = Self.emptySets(server)
        if case .leading = server.host.member.peer.phase { deadlines = server.host.member.sessionDeadlines }
    }

    private static func emptySets(_ server: ServerLoop) -> ExpirySets {
        ExpirySets(tick: Nanoseconds(server.configuration.tickTime) * 1_000_000)
    }

    func part() -> WordAnswer.Part {
        switch stage {
        case .sessions: .more(Array(sessions().utf8))
        case .ephemerals: .more(ephemerals())
        case .connections: connections()
        }
    }

    private func enter(_ stage: Stage) {
        self.stage = stage
        next = 0
        sets = Self.emptySets(server)
    }

    private func sessions() -> String {
        let head = next == 0 ? "SessionTracker dump:\n" : ""
        guard let deadlines else {
            enter(.ephemerals)
            return head + sessionsByID()
        }
        next += 1
        let end = min(deadlines.count, next * ServerLoop.placesPerPart)
        let begin = (next - 1) * ServerLoop.placesPerPart
        if begin < end {
            for one in deadlines[begin..<end] { sets.add("0x" + JavaText.hex(one.id), endsAt: one.deadline) }
            return head
        }
        if let text = lines("Session ") { return head + text }
        enter(.ephemerals)
        return head
    }

    private func sessionsByID() -> String {
        var lines = ""
        var count = 0
        server.host.member.state.forEachSession { id, timeout in
            lines += "0x\(JavaText.hex(id))\t\(timeout)ms\n"
            count += 1
        }
        return "Global Sessions(\(count)):\n" + lines
    }

    private func ephemerals() -> [UInt8] {
        let state = server.host.member.state
        guard let owners else {
            let found = state.sessionsWithEphemerals
            owners = found
            return Array("ephemeral nodes dump:\nSessions with Ephemerals (\(found.count)):\n".utf8)
        }
        var text: [UInt8] = []
        while next < owners.count, text.count < ServerLoop.bytesPerPart {
            text += "0x\(JavaText.hex(owners[next])):\n".utf8
            for path in state.ephemerals(of: owners[next]) {
                text.append(UInt8(ascii: "\t"))
                text += path
                text.append(UInt8(ascii: "\n"))
            }
            next += 1
        }
        if next == owners.count { enter(.connections) }
        return text
    }

    /// A connection ends with its session; one without a session after two ticks.
    private func connections() -> WordAnswer.Part {
        let now = server.moment
        let (begin, all) = (next, server.host.clients.count)
        let head = begin == 0 ? "Connections dump:\n" : ""
        if begin < all {
            next = min(all, begin + ServerLoop.placesPerPart)
            for id in begin..<next {
                guard let client = server.seen(id) else { continue }
                let heard = client.report.response == 0 ? now : client.report.response
                let isWithout = client.report.session == 0
                let patience = isWithout ? 2 * server.configuration.tickTime : Int(client.report.timeout)
                sets.add(
                    "ip: \(client.address) sessionId: 0x\(JavaText.hex(client.report.session))",
                    endsAt: heard + Nanoseconds(patience) * 1_000_000
                )
            }
            return .more(Array(head.utf8))
        }
        guard let text = lines("Connections ") else { return .last([]) }
        return .more(Array((head + text).utf8))
    }

    private func lines(_ title: String) -> String? {
        sets.nextLines(title, now: server.moment, wall: server.wallClockSeconds, bytes: ServerLoop.bytesPerPart)
    }
}

/// What the words tell of sessions.
extension ServerLoop {
    func sessionDump() -> WordAnswer {
        let dump = SessionDump(self)
        return WordAnswer { dump.part() }
    }
}
