import Foundation
import TestSupport
import Testing

/// Answers of ZooKeeper's admin server (`words/ROLE/COMMAND.json`) beside ours: which fields there are, and of which kind.
@Suite(.serialized) struct AdminGoldenTests {
    /// Left out, with the reason in docs/reference/words.md.
    static let leftOut: Set<String> = [
        "server_stats.client_response_stats", "client_response", "server_stats.auth_failed_count",
        "server_stats.non_mtlsremote_conn_count", "server_stats.non_mtlslocal_conn_count",
        "observers[].packets_received", "observers[].packets_sent", "observers[].requests",
    ]

    /// The way to each value, and what it is. Names that are numbers or paths are data.
    static func fields(_ value: Any, _ way: String = "") -> Set<String> {
        if let object = value as? [String: Any] {
            var found: Set<String> = object.isEmpty ? ["\(way) {}"] : []
            for (key, value) in object {
                let name = key.allSatisfy(\.isNumber) || key.hasPrefix("/") ? "#" : key
                found.formUnion(fields(value, way.isEmpty ? name : "\(way).\(name)"))
            }
            return found
        }
        if let list = value as? [Any] {
            // How many there are is data, too.
            return list.reduce(into: ["\(way) []"]) { $0.formUnion(fields($1, way + "[]")) }
        }
        if value is NSNull { return ["\(way) null"] }
        if value is String { return ["\(way) string"] }
        return ["\(way) number"]
    }

    private static let commands = [
        "configuration", "connections", "dirs", "dump", "get_trace_mask", "hash", "initial_configuration",
        "is_read_only", "last_snapshot", "leader", "observers", "ruok", "server_stats", "set_trace_mask?traceMask=306",
        "stats", "voting_view", "watch_summary", "watches", "watches_by_path", "zabstate",
    ]

    static func compare(_ role: String, _ port: Int) throws {
        for command in commands {
            let name = String(command.prefix { $0 != "?" })
            let path = "\(WordGoldenTests.folder)/\(role)/\(name).json"
            let theirs = fields(try AdminServerTests.object(String(contentsOfFile: path, encoding: .utf8)))
            let said = try AdminServerTests.get(port, "/commands/" + command).body
            let ours = fields(try AdminServerTests.object(AdminServerTests.chunks(said)))
            let missing = theirs.subtracting(ours).filter { field in !leftOut.contains { field.hasPrefix($0) } }
            #expect(missing.isEmpty, "\(name) of a \(role) has not \(missing)")
            #expect(ours.isSubset(of: theirs), "\(name) of a \(role) has \(ours.subtracting(theirs))")
        }
    }

    @Test(arguments: WordGoldenTests.roles + ["notserving"])
    func everyCommandHasZooKeepersFields(role: String) async throws {
        try await WordGoldenTests.withServer(in: role) { _, port in try Self.compare(role, port) }
    }
}
