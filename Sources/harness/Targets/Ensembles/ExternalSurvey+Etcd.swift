import Client
import Foundation

/// etcd's servers that run already: `etcd://h1:2379,h2:2379`.
extension ExternalSurvey {
    private static let scheme = "etcd://"
    private static let usualPort = 2379

    /// The servers of such a text; nil where it is one for ZooKeeper's protocol.
    ///
    /// - Throws: `ExternalMistake`, `ClientError.badEndpoint`.
    public static func etcdEndpoints(_ text: String) throws -> [Endpoint]? {
        guard text.hasPrefix(scheme) else { return nil }
        let parts = text.dropFirst(scheme.count).split(separator: ",", omittingEmptySubsequences: false)
        return try parts.map { part in
            let name = part.filter { !$0.isWhitespace }
            guard !name.isEmpty, !name.contains("/") else {
                throw ExternalMistake(
                    "\(text): etcd://h1:2379,h2:2379 expected, all servers after one etcd:// and no path"
                )
            }
            let hasPort = name.last != "]" && name.contains(":")
            return try Endpoint(hasPort ? name : "\(name):\(usualPort)")
        }
    }

    /// Looks at all servers at the same time.
    ///
    /// - Throws: as `make`.
    public static func makeEtcd(_ endpoints: [Endpoint]) async throws -> ExternalSurvey {
        try await checkNames(endpoints)
        var reports: [(Endpoint, MonitorReport)] = []
        var silent: [String] = []
        for (endpoint, report) in await forEach(endpoints, { await EtcdStatus.report(of: $0) }) {
            if let report {
                reports.append((endpoint, report))
            } else {
                silent.append("\(endpoint): no answer of an etcd")
            }
        }
        try refuse(silent)
        try check(reports)
        var voters: Int?
        for (_, count) in await forEach(endpoints, EtcdStatus.voters(knownTo:)) { voters = voters ?? count }
        let named = endpoints.count
        guard let voters else {
            return ExternalSurvey(
                etcd: endpoints,
                warnings: [
                    "the servers do not tell who is a member: \"found on a quorum\" means one of the \(named) listed"
                ]
            )
        }
        guard voters == named else {
            throw ExternalMistake(
                "the cluster has \(voters) voting members, but \(named) listed; list all of them and no others, because "
                    + "writes are verified on a quorum"
            )
        }
        return ExternalSurvey(etcd: endpoints, warnings: [])
    }

    private static func check(_ reports: [(Endpoint, MonitorReport)]) throws {
        var members: [String: Endpoint] = [:]
        for (endpoint, report) in reports {
            guard report["etcd_cluster"] == reports[0].1["etcd_cluster"] else {
                throw ExternalMistake("\(reports[0].0) and \(endpoint) belong to different clusters; list those of one")
            }
            if report.state == "observer" {
                throw ExternalMistake("\(endpoint) is a learner, which has no vote; leave it out and list the voters")
            }
            guard let member = report["etcd_member"] else { continue }
            if let other = members.updateValue(endpoint, forKey: member) {
                throw ExternalMistake("\(other) and \(endpoint) are the same server; list each server once")
            }
        }
    }
}
