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
        /// A promise was broken, or given twice.
        case promises
        case bestHistory = "best history"
        case committedPrefix = "committed prefix"
        case durability
        case equalReplicas = "equal replicas"
        /// What clients saw is not what was committed.
        case client
        /// After the faults the ensemble did not come to work within the bound.
        case progress
        /// A sign of life waited, or was not read, and somebody was blamed for it.
        case heartbeats
        /// A buffer grew beyond what it may have.
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
