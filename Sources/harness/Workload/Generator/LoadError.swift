/// Why a load could not be run to its end.
public enum LoadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The plan itself is impossible; the text says how.
    case badPlan(String)
    /// The plan wants the leader or the followers, and nobody said which server leads.
    case leaderUnknown
    /// Not all sessions could be opened in time.
    case notConnected(String)
    /// The run's znodes could not be created or deleted.
    case preparation(String)
    /// A connection broke in a run that does not survive that.
    case connectionLost(session: Int, reason: String)

    public var description: String {
        switch self {
        case .badPlan(let text): text
        case .leaderUnknown: "connect_to is leader or followers, but which server leads is not known"
        case .notConnected(let reason): "not all sessions could be opened: \(reason)"
        case .preparation(let text): "the run's znodes: \(text)"
        case .connectionLost(let session, let reason):
            "session \(session) lost its connection during the load: \(reason)"
        }
    }
}
