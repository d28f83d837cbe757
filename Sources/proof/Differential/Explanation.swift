/// A difference that is meant: docs/divergence.md has a heading with the name of each.
public enum Explanation: String, CaseIterable, Sendable {
    case none

    static func of(_ answers: Pair<Answer>, to call: Call?, item: String) -> Explanation? { nil }
}
