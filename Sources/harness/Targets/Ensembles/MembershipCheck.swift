import Client
import Wire
import Words

/// What one named server has told, as far as it matters for which ensemble it belongs to.
struct NamedServer: Sendable {
    var endpoint: Endpoint
    var report: MonitorReport
    var roster: EnsembleRoster?
    /// The first byte of the id of a session that it gave out: the low byte of its own id.
    var sessionByte: UInt8?

    /// Within its ensemble; nil where nothing tells, as where several servers have an id with that byte.
    var id: Int? {
        if let said = report[.serverID].flatMap({ Int($0) }) { return said }
        guard let sessionByte else { return nil }
        guard let roster else { return sessionByte == 0 ? nil : Int(sessionByte) }
        let possible = roster.members.map(\.id).filter { $0 & 0xff == Int(sessionByte) }
        return possible.count == 1 ? possible[0] : nil
    }
}

/// Whether the servers that were named are one ensemble, all of its voters, and each of them once. "Found on a quorum"
/// is said of the named servers, so anything less would be a proof of nothing.
struct MembershipCheck {
    private let servers: [NamedServer]

    init(_ servers: [NamedServer]) { self.servers = servers }

    /// - Returns: what cannot be known, for the run's warnings; nil where all is well.
    /// - Throws: `ExternalMistake`.
    func warning() throws(ExternalMistake) -> String? {
        if let observer = servers.first(where: { $0.report.state == "observer" }) {
            throw ExternalMistake(
                "\(observer.endpoint) is an observer, which has no vote and does not count towards a quorum; "
                    + "leave it out and list the voters"
            )
        }
        try checkTogether()
        try checkTwice()
        let named = servers.count
        guard let voters else {
            if let least, least > named { throw tooFew("at least \(least) voting servers", missing: []) }
            return
                "the servers do not report the size of their ensemble: \"found on a quorum\" means a quorum of the \(named) listed"
        }
        if voters > named { throw tooFew("\(voters) voting servers", missing: missing) }
        if voters < named {
            throw ExternalMistake(
                "\(named) servers are listed, but the ensemble has only \(voters) voters; list only those"
            )
        }
        guard roster?.isHierarchical == true else { return nil }
        return
            "groups and weights decide in this ensemble, which the proof does not know: \"found on a quorum\" means a majority of the \(named) listed"
    }

    private var roster: EnsembleRoster? { servers.lazy.compactMap(\.roster).first }

    /// How many servers have a vote.
    private var voters: Int? {
        if let roster { return roster.voters.count }
        if servers.contains(where: { $0.report.state == "standalone" }) { return 1 }
        return servers.lazy.compactMap { $0.report.number(.quorumSize) }.first.map { Int(clamping: $0) }
    }

    /// A leader counts the followers that keep up with it.
    private var least: Int? {
        servers.lazy.compactMap { $0.report.number(.syncedFollowers) }.first.map { Int(clamping: $0) + 1 }
    }

    private var missing: [EnsembleRoster.Member] {
        let ids = servers.map(\.id)
        // Without all ids nobody can tell who is missing.
        guard !ids.contains(nil) else { return [] }
        return (roster?.voters ?? []).filter { member in !ids.contains(member.id) }
    }

    private func tooFew(_ count: String, missing: [EnsembleRoster.Member]) -> ExternalMistake {
        let known = missing.map { "server.\($0.id)=\($0.address)" }.joined(separator: ", ")
        let named = CountedNoun.text(servers.count, "is", "are")
        return ExternalMistake(
            "the ensemble has \(count), but only \(named) listed: \(list(servers.map(\.endpoint))); list all of them, each "
                + "with its client port, because writes are verified on a quorum"
                + (known.isEmpty ? "" : " (missing, according to the servers: \(known))")
        )
    }

    private func checkTogether() throws(ExternalMistake) {
        let leading = servers.filter(\.report.isLeading)
        if leading.count > 1 {
            throw ExternalMistake(
                "the servers are not one ensemble: \(list(leading.map(\.endpoint))) each lead one; list the servers of "
                    + "one ensemble, each once"
            )
        }
        for server in servers.dropFirst() where isForeign(server, to: servers[0]) {
            throw ExternalMistake(
                "the servers are not one ensemble: \(servers[0].endpoint) and \(server.endpoint) belong to different "
                    + "ones; list the servers of one ensemble"
            )
        }
    }

    /// Whether two servers are certainly of different ensembles. Where both have the same number of servers with the
    /// same ids it takes a write to know: `RunMarker` makes one. Addresses say nothing: servers name each other as
    /// they like.
    private func isForeign(_ one: NamedServer, to other: NamedServer) -> Bool {
        if one.report.system != other.report.system { return true }
        if one.report.state == "standalone" || other.report.state == "standalone" { return true }
        if let mine = one.report.hexadecimal(.ensemble), let theirs = other.report.hexadecimal(.ensemble) {
            // 0 is said by who has had no leader yet.
            return mine != theirs && mine != 0 && theirs != 0
        }
        guard let mine = one.roster, let theirs = other.roster else { return false }
        return mine.members.map(\.id) != theirs.members.map(\.id)
    }

    private func checkTwice() throws(ExternalMistake) {
        var known: [Int: Endpoint] = [:]
        for server in servers {
            guard let id = server.id else { continue }
            if let first = known.updateValue(server.endpoint, forKey: id) {
                throw ExternalMistake(
                    "\(first) and \(server.endpoint) are the same server (server.\(id)); list each server once"
                )
            }
        }
    }

    private func list(_ endpoints: [Endpoint]) -> String {
        let words = endpoints.map(\.description)
        guard words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
    }
}

/// What whoever named the servers can set right in the command: one line.
public struct ExternalMistake: Error, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ text: String) { description = "--connect: \(text)" }
}
