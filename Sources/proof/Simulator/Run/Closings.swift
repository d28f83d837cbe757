import Zab

/// Why the quorum links between each two servers were closed, as far as anybody knows: so that a server that does not get
/// to serve can be explained.
struct Closings {
    private struct Pair: Hashable { var one, other: Int }
    private struct Record {
        var count = 0
        var text = ""
    }

    private var records: [Pair: Record] = [:]
    /// By who says it and who hears it: the last word that was no routine.
    private var words: [Pair: Message] = [:]

    mutating func closed(by server: Int, _ other: Int, while phase: Phase, reason: String?) {
        var record = records[Pair(one: min(server, other), other: max(server, other))] ?? Record()
        record.count += 1
        let said = words[Pair(one: server, other: other)].map(Self.text) ?? "nothing"
        let heard = words[Pair(one: other, other: server)].map(Self.text) ?? "nothing"
        record.text =
            "by server \(server + 1) (\(phase))" + (reason.map { ": \($0)" } ?? "")
            + "; it had said \(said) and been told \(heard)"
        records[Pair(one: min(server, other), other: max(server, other))] = record
    }

    /// - Returns: whether it is worth a line.
    mutating func said(_ message: Message, by server: Int, to peer: Int) -> Bool {
        switch message {
        case .ack, .commit, .ping, .pong: return false
        default: words[Pair(one: server, other: peer)] = message
        }
        return true
    }

    static func text(_ message: Message) -> String {
        switch message {
        case .learnerInfo(let epoch, _, _): "LEARNERINFO of epoch \(epoch)"
        case .leaderInfo(let epoch, _): "LEADERINFO of epoch \(epoch)"
        case .ackEpoch(let epoch, let history): "ACKEPOCH from epoch \(epoch) with \(history.last)"
        case .diff: "DIFF"
        case .trunc(let zxid): "TRUNC to \(zxid)"
        case .snap(let zxid): "SNAP of \(zxid)"
        case .newLeader(let epoch, let end): "NEWLEADER of epoch \(epoch) up to \(end)"
        case .ackNewLeader(let epoch): "ACK of NEWLEADER \(epoch)"
        case .upToDate(let zxid): "UPTODATE at \(zxid)"
        case .ack, .commit, .ping, .pong: "routine"
        }
    }

    mutating func forgetCounts() {
        for pair in records.keys { records[pair]!.count = 0 }
    }

    /// How often the two lost each other since the counts were forgotten, and how the last time came.
    func text(_ server: Int, _ other: Int) -> String {
        guard let record = records[Pair(one: min(server, other), other: max(server, other))], record.count > 0 else {
            return "their link was not closed since everything healed"
        }
        return "their link was closed \(record.count) times since everything healed, last \(record.text)"
    }
}
