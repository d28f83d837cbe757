import Host
import Replica
import Zab
import Znodes

/// What the words tell of watches and sessions. All of it in parts, each as of its moment.
extension ServerLoop {
    struct WatchCounts {
        var connections = 0
        var paths = 0
        var watches = 0
    }

    private static let watchesPerPart: Int32 = 4096

    /// Looks at all watches, a part at a time; `done` makes what is left to say.
    private func walkWatches(
        _ body: @escaping (ReplicatedState.WatchSeen, inout [UInt8]) -> Void,
        head: String = "",
        done: @escaping () -> WordAnswer.Part
    ) -> WordAnswer {
        var place: Int32? = 0
        var isFirst = true
        return WordAnswer { [unowned self] in
            guard let from = place else { return done() }
            var text = isFirst ? Array(head.utf8) : []
            isFirst = false
            place = host.member.state.forEachWatch(from: from, max: Self.watchesPerPart) { body($0, &text) }
            return .more(text)
        }
    }

    func watchSummary(_ form: @escaping (WatchCounts) -> String) -> WordAnswer {
        var counts = WatchCounts()
        var connections: Set<ConnectionID> = []
        let walk = walkWatches(
            { seen, _ in
                counts.watches += 1
                if seen.isFirstOfPath { counts.paths += 1 }
                connections.insert(seen.watcher)
            },
            done: {
                counts.connections = connections.count
                return .last(Array(form(counts).utf8))
            }
        )
        return walk
    }

    /// How watches are grouped on paper: as text, or as JSON.
    struct WatchForm: Sendable {
        var head = ""
        var tail = "\n"
        /// Before that, if there are groups.
        var end = ""
        /// Before a group, and its name; whether it is the first.
        var open: @Sendable (_ name: [UInt8], _ isFirst: Bool) -> [UInt8]
        /// A member of a group.
        var member: @Sendable (_ name: [UInt8], _ isFirst: Bool) -> [UInt8]
        var close: [UInt8] = []

        private static func json(_ name: [UInt8]) -> [UInt8] {
            Array(JSON.string(String(decoding: name, as: UTF8.self)).text.utf8)
        }

        static let textBySession = WatchForm(
            open: { name, _ in Array("0x".utf8) + name + [UInt8(ascii: "\n")] },
            member: { name, _ in [UInt8(ascii: "\t")] + name + [UInt8(ascii: "\n")] }
        )
        static let textByPath = WatchForm(
            open: { name, _ in name + [UInt8(ascii: "\n")] },
            member: { name, _ in Array("\t0x".utf8) + name + [UInt8(ascii: "\n")] }
        )

        /// - Parameter quotes: whether the members are strings.
        static func json(_ command: String, _ key: String, quotes: Bool) -> WatchForm {
            WatchForm(
                head: "{\n  \"\(key)\" : {",
                tail: " },\n  \"command\" : \"\(command)\",\n  \"error\" : null\n}",
                end: "\n ",
                open: { name, isFirst in Array((isFirst ? "\n    " : ",\n    ").utf8) + json(name) + Array(" : [ ".utf8)
                },
                member: { name, isFirst in
                    (isFirst ? [] : Array(", ".utf8)) + (quotes ? json(name) : name)
                },
                close: Array(" ]".utf8)
            )
        }
    }

    func watchesByPath(_ form: WatchForm, name: @escaping (Int64) -> String) -> WordAnswer {
        var isFirst = true
        return walkWatches(
            { [unowned self] seen, text in
                guard seen.isFirstOfPath else { return }
                text += form.open(Array(seen.path), isFirst)
                isFirst = false
                for (place, watcher) in host.member.state.watchers(of: seen).enumerated() {
                    text += form.member(Array(name(host.member.session(of: watcher)).utf8), place == 0)
                }
                text += form.close
            },
            head: form.head,
            done: { .last(Array(((isFirst ? "" : form.end) + form.tail).utf8)) }
        )
    }

    func watchesByConnection(_ form: WatchForm, name: @escaping (Int64) -> String) -> WordAnswer {
        var paths: [ConnectionID: [UInt8]] = [:]
        var left: [ConnectionID]?
        var isFirst = true
        return walkWatches(
            { seen, _ in
                // Nobody else may hold the bytes while they grow.
                let isFirst = paths[seen.watcher] == nil
                paths[seen.watcher, default: []] += form.member(Array(seen.path), isFirst)
            },
            head: form.head,
            done: { [unowned self] in
                var rest = left ?? paths.keys.sorted()
                var text: [UInt8] = []
                while text.count < 64 << 10, let id = rest.popLast() {
                    text += form.open(Array(name(host.member.session(of: id)).utf8), isFirst)
                    isFirst = false
                    text += (paths.removeValue(forKey: id) ?? []) + form.close
                }
                left = rest
                guard rest.isEmpty else { return .more(text) }
                return .last(text + Array(((isFirst ? "" : form.end) + form.tail).utf8))
            }
        )
    }

    // MARK: sessions

    /// `dump`.
    func sessionDump() -> WordAnswer {
        var parts: [() -> String] = [{ [unowned self] in sessionLines() }]
        var sessions: [Int64]?
        var next = 0
        parts.append { [unowned self] in
            let owners = host.member.state.sessionsWithEphemerals
            sessions = owners
            return "ephemeral nodes dump:\nSessions with Ephemerals (\(owners.count)):\n"
        }
        return WordAnswer { [unowned self] in
            if !parts.isEmpty { return .more(Array(parts.removeFirst()().utf8)) }
            guard let owners = sessions, next < owners.count else { return .last(Array(connectionDeadlines().utf8)) }
            var text: [UInt8] = []
            while next < owners.count, text.count < 64 << 10 {
                let paths = host.member.state.ephemerals(of: owners[next])
                text += "0x\(JavaText.hex(owners[next])):\n".utf8
                for path in paths { text += "\t".utf8 + path + "\n".utf8 }
                next += 1
            }
            return .more(text)
        }
    }

    private func sessionLines() -> String {
        let head = "SessionTracker dump:\n"
        if case .leading = host.member.peer.phase {
            let deadlines = host.member.sessionDeadlines
            return head + "Session "
                + expirySets(deadlines.map { ($0.deadline, "0x" + JavaText.hex($0.id)) }, count: deadlines.count)
        }
        var lines = ""
        var count = 0
        host.member.state.forEachSession { id, timeout in
            lines += "0x\(JavaText.hex(id))\t\(timeout)ms\n"
            count += 1
        }
        return head + "Global Sessions(\(count)):\n" + lines
    }

    /// A connection ends with its session; one without a session after two ticks.
    private func connectionDeadlines() -> String {
        let now = moment
        var entries: [(Nanoseconds, String)] = []
        for id in host.clients.indices {
            guard let client = seen(id) else { continue }
            let heard = client.report.response == 0 ? now : client.report.response
            let patience = client.report.session == 0 ? 2 * configuration.tickTime : Int(client.report.timeout)
            let name = "ip: \(client.address) sessionId: 0x\(JavaText.hex(client.report.session))"
            entries.append((heard + Nanoseconds(patience) * 1_000_000, name))
        }
        return "Connections dump:\nConnections " + expirySets(entries, count: entries.count)
    }

    /// By the tick in which they expire, as ZooKeeper's queues are.
    private func expirySets(_ entries: [(deadline: Nanoseconds, name: String)], count: Int) -> String {
        let tick = Nanoseconds(configuration.tickTime) * 1_000_000
        var sets: [Nanoseconds: [String]] = [:]
        for entry in entries { sets[(entry.deadline / tick + 1) * tick, default: []].append(entry.name) }
        let (now, wall) = (moment, wallClockSeconds)
        var text = "Sets (\(sets.count))/(\(count)):\n"
        for time in sets.keys.sorted() {
            let left = (Int(time) - Int(now)) / 1_000_000_000
            text += "\(sets[time]!.count) expire at \(JavaText.date(wall + left)):\n"
            for name in sets[time]! { text += "\t\(name)\n" }
        }
        return text
    }
}
