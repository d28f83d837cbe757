import Host
import TestSupport
import Testing
import Wire
import Zab

@testable import Replica

/// Answers to words that have several parts.
struct HostWordTests {
    private static func part(_ text: String) -> WordAnswer.Part { .more(Array(text.utf8)) }
    private static func last(_ text: String) -> WordAnswer.Part { .last(Array(text.utf8)) }

    private func asked(_ parts: [WordAnswer.Part], room: Int = .max) throws -> (rig: HostRig, client: RigSocket) {
        let rig = try HostRig()
        rig.parts = parts
        let client = rig.client("c1")
        client.room = room
        rig.receive(Array("many".utf8), on: client)
        return (rig, client)
    }

    @Test func theFirstPartComesAtOnceAndEachRoundMakesAnother() throws {
        let (rig, _) = try asked([Self.part("imok"), Self.part("imok"), Self.last("imok")])
        #expect(rig.said() == ["c1 < imok"])
        rig.endRounds()
        #expect(rig.said() == ["c1 < imok", "c1 < imok", "c1: output shut"])
    }

    @Test func whatIsNotKnownYetIsAskedForAgainWhenItIsTold() throws {
        let (rig, _) = try asked([.later, .later, Self.last("imok")])
        rig.endRounds()
        #expect(rig.said().isEmpty && rig.parts.count == 1)
        rig.host.answersGoOn()
        rig.endRounds()
        #expect(rig.said() == ["c1 < imok", "c1: output shut"])
    }

    @Test func nothingIsMadeForAFullSocket() throws {
        let (rig, client) = try asked([Self.part("imok"), Self.last("imok")], room: 4)
        rig.endRounds()
        #expect(rig.said() == ["c1 < imok"] && rig.parts.count == 1)
        rig.drain(client)
        rig.endRounds()
        #expect(rig.said().first == "c1 < imok" && rig.parts.isEmpty)
    }

    /// As `nc -N` does.
    @Test func whoHasSaidAllGetsAll() throws {
        let (rig, client) = try asked([Self.part("imok"), Self.last("imok")])
        guard case .client(let id) = client.side else { return #expect(Bool(false), "it has not been accepted") }
        rig.host.inputEnded(id)
        rig.endRounds()
        #expect(rig.said() == ["c1 < imok", "c1 < imok", "c1: output shut", "c1: closed"])
    }

    @Test func oneAnswerAtATimeIsGoneOnWith() throws {
        let rig = try HostRig()
        rig.parts = (0..<5).map { _ in Self.part("imok") } + [Self.last("imok")]
        let clients = ["c1", "c2"].map { rig.client($0) }
        for client in clients { rig.receive(Array("many".utf8), on: client) }
        #expect(rig.said() == ["c1 < imok", "c2 < imok"])
        rig.host.endRound()
        #expect(rig.said() == ["c1 < imok"])
        rig.host.endRound()
        #expect(rig.said() == ["c2 < imok"])
        // Whoever is gone takes nobody's turn.
        rig.close(by: clients[0])
        rig.host.endRound()
        #expect(rig.said() == ["c2 < imok"] && rig.parts.count == 1)
    }
}
