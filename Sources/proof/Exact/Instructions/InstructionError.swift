/// Why instructions cannot be counted; one line that says what to do.
public struct InstructionError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether the machine or the program is not fit for it, rather than that the attempt failed.
    public var isObstacle = false
    public var isInterruption = false
}
