import Client
import Testing
import Workload

@testable import Targets

/// Observers in zoo.cfg, of our servers and of ZooKeeper's.
@Suite struct ObserverFolderTests {
    private static let ports = (1...5).map { ServerPorts(client: $0, peer: 10 * $0, election: 10 * $0 + 1) }
    private static let settings = ServerSettings(PlannedEnsemble(size: 3).observed(by: 2))

    private static func lines(_ id: Int) -> [String] {
        let text = ServerFolder(id: id, in: "/e").configuration(settings: settings, ports: ports)
        return text.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix("server.") || $0.hasPrefix("peerType")
        }
    }

    @Test func everybodyKnowsWhoHasNoVote() {
        let all = [
            "server.1=127.0.0.1:10:11", "server.2=127.0.0.1:20:21", "server.3=127.0.0.1:30:31",
            "server.4=127.0.0.1:40:41:observer", "server.5=127.0.0.1:50:51:observer",
        ]
        for id in 1...3 { #expect(Self.lines(id) == all) }
        for id in 4...5 { #expect(Self.lines(id) == all + ["peerType=observer"]) }
        #expect(Self.settings.serverLines(of: 5, Self.ports) == all + ["peerType=observer"])
        #expect(ServerSettings().serverLines(of: 1, [Self.ports[0]]) == ["server.1=127.0.0.1:10:11"])
    }
}

extension PlannedEnsemble {
    fileprivate func observed(by count: Int) -> PlannedEnsemble {
        var ensemble = self
        ensemble.observers = count
        return ensemble
    }
}
