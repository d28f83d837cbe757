/// What is wrong with a workload file or an override; one line that names the place and what is allowed there.
public struct WorkloadError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
