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

    /// So many are looked at for one part of an answer: half a millisecond where each is written down.
    private static let watchesPerPart: Int32 = 512

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

    /// How watches are grouped on paper: as text, or as JSON. What is said is appended.
    struct WatchForm: Sendable {
        var head = ""
        var tail = "\n"
        /// Before that, if there are groups.
        var end = ""
        /// Before a group, and its name; whether it is the first.
        var open: @Sendable (_ name: UnsafeRawBufferPointer, _ isFirst: Bool, inout [UInt8]) -> Void
        /// A member of a group.
        var member: @Sendable (_ name: UnsafeRawBufferPointer, _ isFirst: Bool, inout [UInt8]) -> Void
        var close: StaticString = ""

        func end(_ text: inout [UInt8]) { close.withUTF8Buffer { text += $0 } }

        private static func json(_ name: UnsafeRawBufferPointer, _ text: inout [UInt8]) {
            text += JSON.string(String(decoding: name, as: UTF8.self)).text.utf8
        }

        static let textBySession = WatchForm(
            open: { name, _, text in
                text += "0x".utf8
                text += name
                text.append(UInt8(ascii: "\n"))
            },
            member: { name, _, text in
                text.append(UInt8(ascii: "\t"))
                text += name
                text.append(UInt8(ascii: "\n"))
            }
        )
        static let textByPath = WatchForm(
            open: { name, _, text in
                text += name
                text.append(UInt8(ascii: "\n"))
            },
            member: { name, _, text in
                text += "\t0x".utf8
                text += name
                text.append(UInt8(ascii: "\n"))
            }
        )

        /// - Parameter quotes: whether the members are strings.
        static func json(_ command: String, _ key: String, quotes: Bool) -> WatchForm {
            WatchForm(
                head: "{\n  \"\(key)\" : {",
                tail: " },\n  \"command\" : \"\(command)\",\n  \"error\" : null\n}",
                end: "\n ",
                open: { name, isFirst, text in
                    text += (isFirst ? "\n    " : ",\n    ").utf8
                    json(name, &text)
                    text += " : [ ".utf8
                },
                member: { name, isFirst, text in
                    if !isFirst { text += ", ".utf8 }
                    if quotes { json(name, &text) } else { text += name }
                },
                close: " ]"
            )
        }
    }

    func watchesByPath(_ form: WatchForm, name: @escaping (Int64) -> String) -> WordAnswer {
        var isFirst = true
        return walkWatches(
            { [unowned self] seen, text in
                guard seen.isFirstOfPath else { return }
                form.open(seen.path, isFirst, &text)
                isFirst = false
                for (place, watcher) in host.member.state.watchers(of: seen).enumerated() {
                    var session = name(host.member.session(of: watcher))
                    session.withUTF8 { form.member(UnsafeRawBufferPointer($0), place == 0, &text) }
                }
                form.end(&text)
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
                form.member(seen.path, isFirst, &paths[seen.watcher, default: []])
            },
            head: form.head,
            done: { [unowned self] in
                var rest = left ?? paths.keys.sorted()
                var text: [UInt8] = []
                while text.count < Self.bytesPerPart, let id = rest.popLast() {
                    var session = name(host.member.session(of: id))
                    session.withUTF8 { form.open(UnsafeRawBufferPointer($0), isFirst, &text) }
                    isFirst = false
                    text += paths.removeValue(forKey: id) ?? []
                    form.end(&text)
                }
                left = rest
                guard rest.isEmpty else { return .more(text) }
                return .last(text + Array(((isFirst ? "" : form.end) + form.tail).utf8))
            }
        )
    }
}
