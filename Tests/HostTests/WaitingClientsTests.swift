import Host
import Replica
import Testing
import Zab

@Suite struct WaitingClientsTests {
    /// A turn in which so many are taken; those that have more come back.
    private static func turn(_ waiting: inout WaitingClients, room: Int, comeBack: Set<ConnectionID>) -> [ConnectionID]
    {
        var taken: [ConnectionID] = []
        for id in waiting.beginTurn() where taken.count < room {
            waiting.remove(id)
            taken.append(id)
            if comeBack.contains(id) { waiting.add(id) }
        }
        waiting.endTurn()
        return taken
    }

    private static func line(_ waiting: WaitingClients) -> [ConnectionID] {
        var line: [ConnectionID] = []
        waiting.forEach { line.append($0) }
        return line
    }

    /// Before, whoever was passed over because those before had filled the member left the line, and waited until the client
    /// said something more.
    @Test func whoIsPassedOverKeepsItsPlace() {
        var waiting = WaitingClients()
        for id in [3, 1, 2, 0] as [ConnectionID] { waiting.add(id) }
        #expect(Self.turn(&waiting, room: 2, comeBack: [3]) == [3, 1])
        #expect(Self.line(waiting) == [2, 0, 3])
        #expect(Self.turn(&waiting, room: 1, comeBack: [2]) == [2])
        #expect(Self.line(waiting) == [0, 3, 2])
        #expect(Self.turn(&waiting, room: 9, comeBack: []) == [0, 3, 2])
        #expect(waiting.isEmpty)
    }

    @Test func eachStandsAtOnePlace() {
        var waiting = WaitingClients()
        for id in [5, 2, 5, 2, 5] as [ConnectionID] { waiting.add(id) }
        #expect(Self.line(waiting) == [5, 2])
        waiting.remove(5)
        #expect(!waiting.contains(5) && waiting.contains(2))
        #expect(!waiting.contains { $0 == 5 })
        waiting.add(5)
        #expect(waiting.beginTurn().sorted() == [2, 5])
        waiting.endTurn()
        #expect(Self.line(waiting).sorted() == [2, 5])
    }

    @Test func whoIsGoneInTheMiddleOfATurnStaysAway() {
        var waiting = WaitingClients()
        for id in [0, 1, 2] as [ConnectionID] { waiting.add(id) }
        #expect(waiting.beginTurn() == [0, 1, 2])
        waiting.remove(1)
        waiting.add(3)
        waiting.endTurn()
        #expect(Self.line(waiting) == [0, 2, 3])
        waiting.remove(7)
        #expect(!waiting.contains(7))
    }
}
