import Foundation
import TestSupport
import Testing
import Workload

@testable import Targets

/// What a yardstick's servers are told.
@Suite struct YardstickLaunchTests {
    private static let shape = YardstickShape(payloadBytes: 128, keys: 10_000, seed: .max)
    private let folder = TemporaryFolder()

    @Test func everyServerIsToldWhereTheFirstOneListens() throws {
        let launch = YardstickLaunch(program: "/bin/zabbench", size: 3, shape: Self.shape, hasLogFolders: false)
        let ports = (1...3).map { ServerPorts(client: 20 + $0, peer: $0, election: 10 + $0) }
        let server = ServerFolder(id: 2, in: folder.path)
        try launch.prepare(server, ports: ports)
        let command = launch.command(for: server)
        #expect(command.program == "/bin/zabbench" && command.arguments == ["yardstick", server.configurationPath])
        let text = try String(contentsOfFile: server.configurationPath, encoding: .utf8)
        let settings = try #require(YardstickSettings(parsing: text))
        #expect(settings.id == 2 && settings.servers == 3 && settings.peerPort == 1 && settings.clientPort == 22)
        #expect(settings.log == server.dataPath + "/yardstick.log" && settings.shape == Self.shape)
        #expect(YardstickLaunch.log(of: server, hasLogFolders: true) == server.dataLogPath + "/yardstick.log")
    }

    @Test(arguments: [
        "", "id=1", "id=1\nservers", "id=x\nservers=1\npeerPort=1\nclientPort=1\nlog=l\npayloadBytes=1\nkeys=1\nseed=1",
    ])
    func whatSaysTooLittleIsNothing(text: String) {
        #expect(YardstickSettings(parsing: text) == nil)
    }
}
