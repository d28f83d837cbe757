import Replica
import Zab

/// Connections whose frames wait for room in the member: first come, first served, each at one place. Adding and
/// removing take the same time however many wait; a turn asks each of them once.
///
/// Whether one can be taken is asked when its turn comes, since those before it may have filled the member. Whoever cannot
/// be taken keeps its place, before those that were taken and have more.
public struct WaitingClients: Sendable {
    private enum Place: Sendable { case none, line, turn }

    /// Who is in `Place.line`, and some who have left it.
    private var line: [ConnectionID] = []
    private var turn: [ConnectionID] = []
    /// By connection.
    private var places: [Place] = []

    public init() {}

    public var isEmpty: Bool { line.isEmpty }

    public func contains(_ id: ConnectionID) -> Bool { Int(id) < places.count && places[Int(id)] == .line }

    public func contains(where isSo: (ConnectionID) -> Bool) -> Bool { line.contains { contains($0) && isSo($0) } }

    public func forEach(_ body: (ConnectionID) -> Void) {
        for id in line where contains(id) { body(id) }
    }

    public mutating func add(_ id: ConnectionID) {
        while Int(id) >= places.count { places.append(.none) }
        guard places[Int(id)] != .line else { return }
        places[Int(id)] = .line
        line.append(id)
    }

    /// It is being taken, or is gone.
    public mutating func remove(_ id: ConnectionID) {
        if Int(id) < places.count { places[Int(id)] = .none }
    }

    /// Everybody, in order. Whoever of them is neither removed nor added until `endTurn` could not be taken.
    public mutating func beginTurn() -> [ConnectionID] {
        turn.removeAll(keepingCapacity: true)
        for id in line where contains(id) {
            places[Int(id)] = .turn
            turn.append(id)
        }
        line.removeAll(keepingCapacity: true)
        return turn
    }

    public mutating func endTurn() {
        turn.removeAll { places[Int($0)] != .turn }
        for id in turn { places[Int(id)] = PlantedBug.passedOverForgotten.isPlanted ? .none : .line }
        turn += line
        swap(&line, &turn)
    }
}
