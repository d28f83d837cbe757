import Randomness
import Wire
import Zab

/// Crowds: connections of clients, up to thousands at a time, that say nothing, a part of something or what makes no sense,
/// and go again. The servers' tables grow, and ids are used again while effects are under way.
extension Simulation {
    func gatherCrowd(_ fault: Fault, _ random: inout SplitMix64) {
        let index = victim(&random)
        let size = [20, 100, 400, 3_000][random.below(4)]
        for number in 0..<size {
            let at = now + fault.duration * UInt64(number) / UInt64(size)
            events.plan(.comer(server: index, choice: random.next()), at: at)
        }
    }

    /// One more. Its host is that of a client, which knows nothing of it.
    func comes(to index: Int, _ choice: UInt64) {
        guard !isHealed, listens(index) else { return }
        var random = SplitMix64(seed: choice)
        let host = setup.servers + random.below(setup.clients)
        guard !network.isCut(host, index), !network.isCut(index, host) else { return }
        let connection = Connection(
            number: connections.count,
            kind: .client,
            hosts: (host, index),
            lives: (life(of: host), servers[index].life)
        )
        connections.append(connection)
        connection.isOpen = (true, true)
        send(.opened, on: connection, from: 0)
        let word = Self.word(&random)
        if !word.isEmpty { send(.bytes(word), on: connection, from: 0) }
        let stay = UInt64(random.unit() * random.unit() * Double(4 * setup.tick))
        events.plan(.leaver(connection: connection.number), at: now + stay)
    }

    /// A part of a connect request, perhaps none of it; or a whole frame that is none.
    private static func word(_ random: inout SplitMix64) -> [UInt8] {
        let frame = ByteWriter(capacity: 64)
        frame.append(UInt32(0))
        if random.below(3) == 0 {
            frame.append(random.next())
        } else {
            ConnectRequest(lastZxidSeen: 0, timeout: 1000, sessionID: 0, password: Array(repeating: 0, count: 16))
                .encode(into: frame)
        }
        frame.set(Int32(frame.count - 4), at: 0)
        let isWhole = frame.count == 12
        return Array(frame.bytes.prefix(isWhole ? 12 : random.below(frame.count)))
    }

    func leaves(_ number: Int) { close(connections[number], 0) }
}
