/// What was found on the servers after a load, held against the ledger.
public struct Verification: Sendable, Hashable {
    /// Writes that a server acknowledged.
    public var writesAcknowledged: Int
    /// Those of them that were found on a quorum of the servers.
    public var acknowledgedVerified: Int
    /// Writes without an answer (connection lost), which may be there or not.
    public var ambiguous: Int
    /// Places where the order was broken: versions or zxids that did not rise as one session's writes must, or a read
    /// that went back behind its session's own write.
    public var reordered: Int
    /// Znodes whose content was never written by this load, or that exist though they must not.
    public var unexpected: Int
    /// Whether all servers that were read hold the same data, versions and zxids.
    public var digestsAgree: Bool
    public var servers: [ServerVerification]
    /// The first few acknowledged writes that were not found, and other contradictions.
    public var examples: [Contradiction]
    /// How many servers have to hold a write.
    public var quorum: Int

    public var lost: Int { writesAcknowledged - acknowledgedVerified }

    /// Whether the run may be reported as a result.
    public var isProven: Bool {
        lost == 0 && reordered == 0 && unexpected == 0 && digestsAgree && votersRead >= quorum
    }

    /// Voters whose state is known.
    public var votersRead: Int { servers.count { $0.isVoter && $0.failure == nil } }

    /// One line that says what is wrong; nil if nothing is.
    public var complaint: String? {
        var parts: [String] = []
        if votersRead < quorum {
            let voters = servers.count(where: \.isVoter)
            parts.append("only \(votersRead) of \(voters) servers could be read, \(quorum) needed")
        }
        if lost > 0 { parts.append("\(lost) acknowledged writes were not found on a quorum") }
        if reordered > 0 { parts.append("\(reordered) answers out of order") }
        if unexpected > 0 { parts.append("\(unexpected) znodes hold what was never written") }
        if !digestsAgree { parts.append("the servers' digests differ") }
        guard !parts.isEmpty else { return nil }
        return parts.joined(separator: "; ") + (examples.first.map { "; for example \($0)" } ?? "")
    }
}

/// What one server holds.
public struct ServerVerification: Sendable, Hashable {
    public var endpoint: String
    /// The zxid that the server had reached when it was read (from its last answer).
    public var zxid: Int64
    /// Over paths, data, versions and zxids of all znodes of the run, computed by us.
    public var digest: UInt64
    /// Acknowledged writes found there.
    public var acknowledgedFound: Int
    /// Why the server could not be read; nil if it was.
    public var failure: String?
    /// Whether it counts for the quorum.
    public var isVoter = true
}

/// One znode that contradicts the ledger.
public struct Contradiction: Sendable, Hashable, CustomStringConvertible {
    public var path: String
    public var expected: String
    public var server: String
    public var found: String

    public var description: String { "\(path) on \(server): expected \(expected), found \(found)" }
}
