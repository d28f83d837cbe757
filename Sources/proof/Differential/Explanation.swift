import Wire

/// A difference that is meant. Each stands in docs/divergence.md, in bold letters, in the same words.
public enum Explanation: String, CaseIterable, Sendable {
    case foreignWatches = "`checkWatches` looks at the client's own watches."

    static func of(_ answers: Pair<Answer>, to call: Call?, item: String) -> Explanation? {
        let op = call.flatMap { OpCode(rawValue: $0.op) }
        if op == .checkWatches, answers.apache.error == 0, answers.ours.error == ErrorCode.noWatcher.rawValue {
            return .foreignWatches
        }
        return nil
    }
}
