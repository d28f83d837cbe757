import Client
import TestSupport
import Testing

@testable import Targets

@Suite struct HeldPortTests {
    @Test func heldPortsDiffer() throws {
        let held = try HeldPort.take(39)
        #expect(Set(held.map(\.port)).count == 39)
        #expect(held.allSatisfy { (1...65535).contains($0.port) })
    }

    /// Nobody gets it by chance, or without meaning to share it; who may share it can listen on it.
    @Test func aHeldPortIsFreeForItsServerAlone() throws {
        let held = try HeldPort()
        #expect(!PortProbe.canListen(on: held.port))
        #expect(PortProbe.canListen(on: held.port, sharing: true))
        let others = try HeldPort.take(200)
        #expect(!others.contains { $0.port == held.port })
    }
}

/// Three servers that all answer, though the second has ended: somebody else has its port.
private final class Impostor: Ensemble {
    let servers = (1...3).map { EnsembleServer(id: $0, endpoint: Endpoint(host: "127.0.0.1", port: $0)) }
    let isShared = false

    func start() async throws { try await waitUntilServing(seconds: 30) }
    func stop() async {}
    func kill(_ id: Int, signal: Int32) {}
    func restart(_ id: Int) {}
    func pid(of id: Int) -> Int32? { nil }
    func exit(of id: Int) -> String? { id == 2 ? "exit code 1" : nil }
    func lastLogLines(of id: Int, count: Int) -> [String] {
        ["cannot listen on 127.0.0.1:\(id): Address already in use"]
    }
    func waitForExit(of id: Int, seconds: Double) async -> Bool { id == 2 }
    func report(of server: EnsembleServer) async -> MonitorReport? {
        MonitorReport(parsing: "zk_server_state\t\(server.id == 1 ? "leader" : "follower")\n")
    }
}

@Suite struct ImpostorTests {
    @Test func whoAnswersInPlaceOfAServerThatHasEndedIsNotTakenForIt() async {
        let error = await #expect(throws: TargetError.self) { try await Impostor().start() }
        #expect(error?.description.contains("server 2 exited (exit code 1) before it was serving") == true)
        #expect(error?.evidence.contains { $0.contains("in use") } == true)
    }
}
