/// An ensemble could not be started, reached or stopped; one line for the user, with the server's last words under it.
public struct TargetError: Error, CustomStringConvertible, Sendable {
    public var message: String
    /// Last lines of the log of the server that failed.
    public var evidence: [String]
    /// How the servers of one ensemble are to blame, while those of another system may do better; nil where they are not.
    public var fault: ServerFault?

    public enum ServerFault: Sendable {
        case neverServed, ended
    }

    public init(_ message: String, evidence: [String] = [], fault: ServerFault? = nil) {
        self.message = message
        self.evidence = evidence
        self.fault = fault
    }

    /// The line without its promise of more.
    public var summary: String {
        message.split(separator: "; its last", maxSplits: 1).first.map(String.init) ?? message
    }

    public var description: String {
        evidence.isEmpty ? message : message + "\n" + evidence.map { "    " + $0 }.joined(separator: "\n")
    }
}
