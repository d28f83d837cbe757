/// A property that did not hold.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable {
        case integrity
        case totalOrder = "total order"
        case agreement
        case localPrimaryOrder = "local primary order"
        case globalPrimaryOrder = "global primary order"
        case primaryIntegrity = "primary integrity"
        case oneLeader = "one leader an epoch"
        /// A leader that no quorum has made one, or a server that serves under it.
        case establishedEpoch = "established epoch"
        /// A counter or an epoch that is larger than any may be.
        case counters
        /// A promise was broken, or given twice.
        case promises
        case bestHistory = "best history"
        case committedPrefix = "committed prefix"
        case durability
        case equalReplicas = "equal replicas"
        /// What clients saw is not what was committed.
        case client
        /// The log was trimmed under a link that still needed it.
        case retention
        /// A server refused to start although it has what it needs.
        case recovery
        /// A server left its leader, or a link closed, and nothing was wrong.
        case calm
        /// After the faults the ensemble did not come to work within the bound.
        case progress
        /// A sign of life waited, or was not read, and somebody was blamed for it.
        case heartbeats
        /// A buffer grew beyond what it may have, or a server has more under way than it may, or counts it wrong.
        case bounds
        /// A server stopped and said that its own history is contradicted.
        case contradiction
        /// The same seed gave two different runs.
        case determinism
    }

    public var kind: Kind
    public var text: String

    public var description: String { "\(kind.rawValue): \(text)" }
}
