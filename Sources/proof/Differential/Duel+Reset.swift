import Wire

/// Both sides made equal again after a difference, so that the next one has a cause of its own.
extension Duel {
    /// Nodes that cannot be deleted.
    private static let lasting: [[UInt8]] = ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"].map {
        Array($0.utf8)
    }

    /// Ends all sessions, deletes all nodes and brings the versions of those that stay to the same numbers.
    func reset() {
        isQuiet = true
        defer { isQuiet = false }
        for seat in seats.indices { retire(seat) }
        seats.append(Seat())
        defer { seats.removeLast() }
        let seat = seats.count - 1
        var opening = Opening()
        opening.identity = ("digest", "super:secret")
        connect(seat, opening)
        guard seats[seat].connections != nil else { return }
        catchUp(seat)
        for side in Side.allCases {
            for path in Self.lasting { deleteChildren(of: path, seat, side) }
        }
        for path in Self.lasting { level(path, seat) }
        // What was asked of one side only counts as a burst, too.
        noteChange(seat)
        retire(seat)
        generator.pool = PathPool()
        generator.versions = [:]
        generator.forget()
        history = []
    }

    private func deleteChildren(of path: [UInt8], _ seat: Int, _ side: Side) {
        guard case .names(let names?)? = ask(Call(.getChildren, [.text(path), .byte(0)]), seat, side)?.value("names")
        else { return }
        for name in names {
            let child = (path.count == 1 ? [] : path) + [UInt8(ascii: "/")] + name
            guard !Self.lasting.contains(child) else { continue }
            deleteChildren(of: child, seat, side)
            _ = ask(Call(.delete, [.text(child), .int(-1)]), seat, side)
        }
    }

    /// The same versions, data and access list on both sides, all by new changes.
    private func level(_ path: [UInt8], _ seat: Int) {
        let child = (path.count == 1 ? [] : path) + Array("/level".utf8)
        let isConfiguration = path == Array("/zookeeper/config".utf8)
        let permissions: Int32 = isConfiguration ? 1 : 31
        // Written with nothing, ours shows the members again.
        let data = isConfiguration ? path : []
        let open: [Field] = [.int(1), .int(permissions), .text("world"), .text("anyone")]
        let steps: [(field: String, each: Int64, calls: [Call])] = [
            ("version", 1, [Call(.setData, [.text(path), .text(data), .int(-1)])]),
            ("aversion", 1, [Call(.setACL, [.text(path)] + open + [.int(-1)])]),
            (
                "cversion", 2,
                [
                    Call(.create, [.text(child), .text([])] + open + [.int(0)]),
                    Call(.delete, [.text(child), .int(-1)]),
                ]
            ),
        ]
        let exists = Call(.exists, [.text(path), .byte(0)])
        for step in steps {
            let before = Pair { ask(exists, seat, $0)?.number(step.field) ?? 0 }
            let target = max(before.apache, before.ours) + step.each
            for side in Side.allCases {
                for _ in 0..<min((target - before[side]) / step.each, 10_000) {
                    for call in step.calls { _ = ask(call, seat, side) }
                }
            }
        }
        burst(seat, [exists])
    }

    /// The answer of one side.
    private func ask(_ call: Call, _ seat: Int, _ side: Side) -> Answer? {
        guard let connection = seats[seat].connections?[side] else { return nil }
        connection.send(call.frame(xid: 1, side, chronicle))
        while case .frame(let frame) = connection.receive(patienceMilliseconds: patienceMilliseconds) {
            if !Answer.isEvent(frame) { return Answer(frame, to: call.op) }
        }
        return nil
    }
}
