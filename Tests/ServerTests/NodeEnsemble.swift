import Client
import Foundation
import Server
import Targets
import TestSupport
import Zab

/// Servers of this process, each with a zoo.cfg of its own: for what the harness's ensembles do not have, ids and
/// quorums of all kinds.
final class NodeEnsemble {
    private let folder = TemporaryFolder()
    private let ids: [Int]
    private let lines: String
    private let roles: [Int: String]
    private let held: [HeldPort]
    /// By id; without those that are stopped.
    private(set) var nodes: [Int: ServerNode] = [:]

    /// - Parameters:
    ///   - lines: what every file has besides the servers.
    ///   - roles: what follows the ports in a server's line.
    init(_ ids: [Int], lines: String = "", roles: [Int: String] = [:]) throws {
        self.ids = ids
        self.lines = lines
        self.roles = roles
        held = try HeldPort.take(2 * ids.count)
    }

    func configuration(_ id: Int) throws -> ServerConfiguration {
        let ports = held.map(\.port)
        let servers = ids.enumerated().map { place, other in
            "server.\(other)=127.0.0.1:\(ports[2 * place]):\(ports[2 * place + 1])\(roles[other] ?? "")\n"
        }
        let text =
            "tickTime=500\ninitLimit=20\nsyncLimit=6\ndataDir=\(folder.path)/\(id)\nclientPort=0\n"
            + "clientPortAddress=127.0.0.1\nadmin.enableServer=false\nzabbench.segmentBytes=262144\nadmin.enableServer=false\n"
            + servers.joined()
            + lines
        try FileManager.default.createDirectory(atPath: "\(folder.path)/\(id)", withIntermediateDirectories: true)
        try folder.write("\(id)\n".utf8, "\(id)/myid")
        try folder.write(text.utf8, "\(id).cfg")
        return try ServerConfiguration(contentsOf: folder.path(of: "\(id).cfg"))
    }

    func start(_ ids: [Int]? = nil) async throws {
        for id in ids ?? self.ids { nodes[id] = try await ServerNode.start(configuration: configuration(id)) }
    }

    func stop(_ ids: [Int]? = nil) async {
        for id in ids ?? self.ids { await nodes.removeValue(forKey: id)?.stop() }
    }

    /// A session with this server, which is given when it has a leader.
    func client(_ id: Int) async throws -> ZooKeeperClient {
        try await ZooKeeperClient.connect(endpoints: ["127.0.0.1:\(nodes[id]!.clientPort)"])
    }

    func mode(_ id: Int) async throws -> String {
        let said = try await fourLetterWord("srvr", Endpoint(host: "127.0.0.1", port: nodes[id]!.clientPort))
        return said.split(separator: "\n").first { $0.hasPrefix("Mode: ") }.map { String($0.dropFirst(6)) } ?? ""
    }
}
