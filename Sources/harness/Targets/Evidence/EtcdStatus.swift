import Client
import Foundation
import NIOCore
import Wire

/// An etcd server's answer to `/v3/maintenance/status`, its gateway from JSON to gRPC: what a build without gRPC can ask.
public struct EtcdStatus: Sendable, Equatable {
    public var version: String
    public var member: UInt64
    /// 0 while nobody leads.
    public var leader: UInt64
    public var cluster: UInt64
    public var term: UInt64
    /// Raft's index up to which it has applied.
    public var applied: UInt64
    public var revision: UInt64
    public var isLearner: Bool
    public var databaseBytes: UInt64?

    /// - Parameter json: as etcd 3.4 and later write it: numbers of 64 bits are strings, and what is 0 or false is left out.
    public init?(json: Data) {
        guard let members = try? JSONSerialization.jsonObject(with: json) as? [String: Any],
            let header = members["header"] as? [String: Any], let version = members["version"] as? String
        else { return nil }
        func number(_ value: Any?) -> UInt64? { (value as? String).flatMap { UInt64($0) } }
        self.version = version
        member = number(header["member_id"]) ?? 0
        cluster = number(header["cluster_id"]) ?? 0
        revision = number(header["revision"]) ?? 0
        leader = number(members["leader"]) ?? 0
        term = number(members["raftTerm"]) ?? 0
        applied = number(members["raftAppliedIndex"]) ?? number(members["raftIndex"]) ?? 0
        isLearner = members["isLearner"] as? Bool ?? false
        databaseBytes = number(members["dbSize"])
    }

    /// `leader`, `follower`, `observer` or `looking`, by ZooKeeper's words.
    public var state: String {
        guard leader != 0 else { return "looking" }
        if isLearner { return "observer" }
        return leader == member ? "leader" : "follower"
    }

    /// By the keys of `mntr`, with the applied index as the position that it has reached.
    var monitorValues: [String: String] {
        [
            MonitorReport.Key.state.rawValue: state, MonitorReport.Key.version.rawValue: version,
            MonitorReport.Key.lastApplied.rawValue: "0x" + String(applied, radix: 16),
            MonitorReport.etcdKey: "1", "etcd_term": String(term), "etcd_revision": String(revision),
            "etcd_member": String(member, radix: 16), "etcd_cluster": String(cluster, radix: 16),
        ]
    }

    // MARK: Asking

    /// What a server says of itself: who leads, and how far it is. Half a millisecond of its time.
    public static func report(of endpoint: Endpoint, timeout: TimeAmount = .seconds(2)) async -> MonitorReport? {
        let question = "POST /v3/maintenance/status HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}"
        guard let body = await exchange(question, endpoint, timeout: timeout),
            let status = EtcdStatus(json: Data(body.utf8))
        else { return nil }
        return MonitorReport(values: status.monitorValues)
    }

    /// With its counters: 150 KB, and some milliseconds of its time.
    public static func fullReport(of endpoint: Endpoint, timeout: TimeAmount = .seconds(2)) async -> MonitorReport? {
        async let metrics = exchange("GET /metrics HTTP/1.0\r\n\r\n", endpoint, timeout: timeout)
        guard let report = await report(of: endpoint, timeout: timeout) else { return nil }
        guard let text = await metrics else { return report }
        return report.merging(EtcdMetrics(parsing: text).monitorValues)
    }

    /// How many members with a vote there are, as a server knows it; nil if it does not tell.
    static func voters(knownTo endpoint: Endpoint) async -> Int? {
        let question = "POST /v3/cluster/member/list HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}"
        guard let body = await exchange(question, endpoint, timeout: .seconds(2)),
            let answer = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any],
            let members = answer["members"] as? [[String: Any]]
        else { return nil }
        return members.count { $0["isLearner"] as? Bool != true }
    }

    /// HTTP/1.0 is as a four-letter word: one question, and the answer until the server closes.
    private static func exchange(_ question: String, _ endpoint: Endpoint, timeout: TimeAmount) async -> String? {
        guard let answer = try? await fourLetterWord(question, endpoint, timeout: timeout),
            let end = answer.firstRange(of: "\r\n\r\n"), answer.hasPrefix("HTTP/1."),
            answer.prefix(while: { !$0.isNewline }).contains(" 200")
        else { return nil }
        return String(answer[end.upperBound...])
    }
}
