/// An ensemble could not be started, reached or stopped; one line for the user, with the server's last words under it.
public struct TargetError: Error, CustomStringConvertible, Sendable {
    public var message: String
    /// Last lines of the log of the server that failed.
    public var evidence: [String]

    public init(_ message: String, evidence: [String] = []) {
        self.message = message
        self.evidence = evidence
    }

    public var description: String {
        evidence.isEmpty ? message : message + "\n" + evidence.map { "    " + $0 }.joined(separator: "\n")
    }
}
