import Wire

/// A difference that is meant. Each stands in docs/divergence.md, in bold letters, in the same words.
public enum Explanation: String, CaseIterable, Sendable {
    case foreignWatches = "`checkWatches` looks at the client's own watches."
    case slashless = "`checkWatches` of a path that does not begin with a slash"
    case identities = "The ids of a connection"
    case illFormed = "Ill-formed UTF-8 in a path"
    case hiddenEvents = "No event is sent of a node that its watcher may not read"
    case errorBodies = "An answer with an error has no body."

    case nullPaths = "A null path in a request that writes"
    case endingOrder = "The ephemerals of a session that ends"
    case pings = "A ping is answered at once"
    case stuck = "A write behind which none comes"

    /// - Parameter item: the first that differs.
    static func of(_ answers: Pair<Answer>, to call: Call?, item: String) -> Explanation? {
        let op = call.flatMap { OpCode(rawValue: $0.op) }
        let values = Pair { answers[$0].value(item) }
        switch (op, item) {
        case (.checkWatches, "error") where answers.apache.error == 0:
            return answers.ours.error == ErrorCode.noWatcher.rawValue ? .foreignWatches : nil
        case (.checkWatches, "error") where answers.apache.error == ErrorCode.marshallingError.rawValue:
            let isPlain = [0, ErrorCode.noWatcher.rawValue].contains(answers.ours.error)
            guard isPlain, case .text(let path?)? = call?.fields.first, path.first != UInt8(ascii: "/") else {
                return nil
            }
            return .slashless
        case (_, "error") where call?.fields.first == .text(nil) && op?.isWrite == true:
            let codes = (answers.apache.error, answers.ours.error)
            return codes == (ErrorCode.badArguments.rawValue, ErrorCode.marshallingError.rawValue) ? .nullPaths : nil
        case (.multiRead, "form") where answers.apache.error != 0 && answers.ours.items.count == 3: return .errorBodies
        case (.getACL, "acl"), (.whoAmI, "clients"):
            guard case .entries(let apache)? = values.apache, case .entries(let ours)? = values.ours else { return nil }
            return sorted(apache) == sorted(ours) ? .identities : nil
        case (_, "path"):
            guard case .text(let apache?)? = values.apache, case .text(let ours?)? = values.ours else { return nil }
            return apache == Array(String(decoding: ours, as: UTF8.self).utf8) ? .illFormed : nil
        default: return nil
        }
    }

    private static func sorted(_ entries: [[UInt8]]) -> [[UInt8]] {
        entries.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
