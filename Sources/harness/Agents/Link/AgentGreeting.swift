/// The first that each side says, before anything is asked.
public struct AgentGreeting: Sendable, Hashable, Codable {
    public enum Role: String, Sendable, Hashable, Codable {
        case controller, agent
    }

    public var role: Role
    /// zabbench's version and commit. Both sides have to be the same: figures of two programs are of neither.
    public var program: String
    public var host: String
    public var pid: Int32
    /// CLOCK_REALTIME. Nothing is computed from it but how far the clocks on the walls are apart.
    public var unixNanoseconds: Int64

    public init(role: Role, program: String, host: String, pid: Int32, unixNanoseconds: Int64) {
        self.role = role
        self.program = program
        self.host = host
        self.pid = pid
        self.unixNanoseconds = unixNanoseconds
    }

    /// Why `other` and this one cannot work together; nil if they can.
    func objection(to other: AgentGreeting) -> String? {
        if other.role == role {
            return "the \(role.rawValue) on \(host) was called by another \(role.rawValue), on \(other.host)"
        }
        if other.program != program {
            return "the \(other.role.rawValue) on \(other.host) is zabbench \(other.program), "
                + "the \(role.rawValue) on \(host) \(program): copy one program to all hosts"
        }
        return nil
    }

    /// The farthest that clocks on the walls may be apart without a word, seconds.
    static let unmentionedSeconds = 1.0

    /// What a person should know of the other host's clock; nil where it shows about our time.
    public func clockWarning(of other: AgentGreeting) -> String? {
        let seconds = Double(other.unixNanoseconds - unixNanoseconds) / 1e9
        guard abs(seconds) > Self.unmentionedSeconds else { return nil }
        let tenths = (abs(seconds) * 10).rounded() / 10
        return
            "the clock of \(other.host) is \(tenths) s \(seconds > 0 ? "ahead" : "behind"): its servers' logs are off by "
            + "that; figures are not, they use the measured distance of the monotonic clocks"
    }
}
