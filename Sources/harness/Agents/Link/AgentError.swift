/// Why agents and their controller cannot work together: one line that says what to do.
public struct AgentError: Error, CustomStringConvertible, Sendable, Hashable {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
