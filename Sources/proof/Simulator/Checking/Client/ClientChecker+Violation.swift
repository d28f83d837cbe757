import Zab

extension ClientChecker {
    /// One anomaly that clients saw, or that the committed transactions have by themselves.
    struct Violation: Hashable, Sendable, CustomStringConvertible {
        enum Kind: String, Hashable, Sendable, CaseIterable {
            // What the committed transactions say by themselves.
            /// Bytes that are no transaction, or no reply.
            case malformed
            /// A zxid that is not above the one before it.
            case zxidOrder
            /// A transaction that cannot follow from the state: a create of what exists, a version that skips.
            case impossibleTransaction
            /// A transaction of a session that was closed, or never opened.
            case sessionRevived
            /// An ephemeral node that its session's closeSession leaves behind.
            case ephemeralOutlivesSession
            case sequentialNameRepeats

            // What transactions and operations say of each other.
            /// A transaction that no client asked for.
            case neverInvoked
            /// A transaction that was committed before its client asked for it.
            case committedBeforeInvocation
            case committedTwice
            /// A transaction of an operation whose client was told that it failed.
            case errorButCommitted
            /// A write was done for a client that has no right to it.
            case noRight
            /// The transaction is not what the operation asked for.
            case wrongEffect
            /// A write that was acknowledged before another one was invoked has the larger zxid.
            case realTimeOrder
            /// Writes of one session commit in another order than they were sent in, on whatever connections.
            case sessionOrder

            // What replies say.
            /// A reply that is not the one to the connection's oldest unanswered request.
            case replyOrder
            /// A reply's zxid is below what the session, or the connection, has seen.
            case zxidWentBack
            /// A reply with a zxid that is not committed.
            case uncommittedZxid
            /// A write was acknowledged whose transaction is not committed, or is another one.
            case acknowledgedNotCommitted
            /// The reply to a write says something else than the transaction did.
            case wrongWriteReply
            /// A read does not show the state at its zxid.
            case wrongRead
            /// An error that no state of the time in question gives.
            case unjustifiedError
            /// An error that only a state gives that was over when the operation was invoked.
            case staleError
            /// A sync was answered from before its invocation.
            case staleSync

            // Watches.
            /// An event without a watch and a change that it belongs to.
            case spuriousEvent
            /// A reply that shows a change came before the change's event.
            case missedEvent
            /// Events of one connection in another order than their changes.
            case eventOrder
            /// A watch is found, or removed, that its connection does not have, or one that it has is not.
            case wrongWatches

            // Sessions.
            case expiredTooEarly
            /// A client was told that its session is over, and no closeSession is committed.
            case expiredWithoutClose
            /// A session was given to a client after its closeSession was committed.
            case reconnectAfterClose
            /// A session was given to a client that no committed transaction opened.
            case sessionNotCreated
            /// One session was given to two clients.
            case sessionShared
        }

        var kind: Kind
        var at: Nanoseconds
        /// One line: the operation, zxids and times.
        var text: String

        var description: String { "\(kind.rawValue) at \(ClientChecker.milliseconds(at)): \(text)" }
    }

    /// Virtual time, as the lines show it.
    static func milliseconds(_ time: Nanoseconds) -> String {
        let microseconds = time / 1000
        let fraction = String(microseconds % 1000)
        return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) ms"
    }
}
