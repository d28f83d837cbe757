/// Plays of `GoldenScript`: recorded with ZooKeeper, and repeated with ours beside the record.
extension Duel {
    /// Asks a server of ZooKeeper's that holds nothing, and returns all that was said.
    public static func record(port: Int) -> (text: String, result: DuelResult) {
        let tape = Tape()
        var opened = Pair { _ in 0 }
        let duel = Duel(DuelSettings(seed: 0, operations: 0)) { side, _ in
            defer { opened[side] += 1 }
            guard side == .apache else { return EchoChannel(tape, opened[side]) }
            return Connection(port: port).map { RecordedChannel($0, tape, opened[side]) }
        }
        for action in GoldenScript.actions {
            tape.recording.text += "# \(action)\n"
            duel.perform(action)
        }
        return (tape.recording.text, duel.result)
    }

    /// Asks a server of ours the same, and compares what it answers with the record.
    public static func replay(_ recording: Recording, port: Int) -> DuelResult {
        var opened = 0
        let duel = Duel(DuelSettings(seed: 0, operations: 0)) { side, _ in
            guard side == .apache else { return Connection(port: port) }
            defer { opened += 1 }
            return opened < recording.connections.count ? PlayedChannel(recording.connections[opened]) : nil
        }
        for action in GoldenScript.actions { duel.perform(action) }
        return duel.result
    }
}
