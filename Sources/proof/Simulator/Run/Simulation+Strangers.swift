import Log
import Randomness
import Wire
import Zab

/// Strangers who claim to be a server of the ensemble, and what they must not bring about.
extension Simulation {
    /// Takes a voter down and speaks in its name, to everybody and again and again: the first word may end a reign, and
    /// the next ones come into the election after it.
    func lie(_ fault: Fault, _ random: inout SplitMix64) {
        let index = victim(&random)
        guard index < setup.voters, setup.voters > 2 else { return }
        if servers[index].isRunning { kill(index, downFor: fault.duration) }
        let words = 5 + random.below(40)
        for word in 0..<words {
            let at = now + fault.duration * UInt64(word) / UInt64(words)
            events.plan(.lie(server: index, life: servers[index].life, choice: random.next()), at: at)
        }
    }

    func sayLies(as liar: Int, life: Int, _ choice: UInt64) {
        guard !isHealed, servers[liar].process == nil, servers[liar].life == life else { return }
        var random = SplitMix64(seed: choice)
        for other in servers where other.index != liar && other.process != nil {
            let kind: Connection.Kind = random.below(4) == 0 ? .election : .quorum
            let lie = Self.lie(of: servers[liar].id, on: kind, for: other.id, &random)
            guard !network.isCut(liar, other.index) else { continue }
            let connection = Connection(
                number: connections.count,
                kind: kind,
                hosts: (liar, other.index),
                lives: (life, other.life)
            )
            connections.append(connection)
            connection.isOpen = (true, true)
            send(.opened, on: connection, from: 0)
            send(.hello(Self.hello(of: servers[liar].id, on: kind)), on: connection, from: 0)
            send(.bytes(lie), on: connection, from: 0)
        }
    }

    private static func hello(of liar: ServerID, on kind: Connection.Kind) -> [UInt8] {
        let bytes = ByteWriter(capacity: Hello.size)
        Hello(id: liar).encode(magic: kind == .election ? PeerLink.electionMagic : PeerLink.quorumMagic, into: bytes)
        return Array(bytes.bytes)
    }

    private static func lie(
        of liar: ServerID,
        on kind: Connection.Kind,
        for other: ServerID,
        _ random: inout SplitMix64
    ) -> [UInt8] {
        let epochs: [Epoch] = [.max - 2, .max - 3, 1 << 31, Configuration.epochLeadMax << 2]
        let epoch = epochs[random.below(epochs.count)]
        let frame = ByteWriter(capacity: 64)
        guard kind == .election else {
            PeerFrame.zab(.learnerInfo(acceptedEpoch: epoch, observer: false)).encode(into: frame)
            return Array(frame.bytes)
        }
        // For a server that is there: a candidate who is not would only cost time.
        let leader = random.below(2) == 0 ? other : liar
        let states: [PeerState] = [.looking, .following, .leading]
        frame.append(UInt32(Notification.encodedSize))
        Notification(
            state: states[random.below(states.count)],
            round: random.next(),
            vote: Vote(peerEpoch: epoch, zxid: Zxid(epoch: epoch, counter: 1), leader: leader)
        ).encode(into: frame)
        return Array(frame.bytes)
    }

    /// A server is about to accept an epoch. A would-be leader, who accepts it first, chooses the one after those of a
    /// quorum, so epochs rise by one each time, whatever strangers say.
    func accepting(_ index: Int, _ epoch: Epoch) {
        let newest = newestAccepted
        newestAccepted = max(newest, epoch)
        guard losses == nil, epoch > newest + 1 else { return }
        report(
            Violation(
                kind: .promises,
                text: "server \(index + 1) accepts epoch \(epoch), but nobody has accepted any after \(newest)"
            )
        )
    }

    // MARK: the data of another ensemble

    /// Somebody starts a server on the wrong folder. The others know which ensemble they belong to, and it counts among
    /// the servers whose data are lost: of those a quorum can do without, so that no two of them make one.
    func bringForeignFolder(_ fault: Fault, _ random: inout SplitMix64) {
        let index = victim(&random)
        let epoch = Epoch(50 + random.below(5_000))
        let identity = random.next() | 1
        guard canBeDamaged(index),
            servers.allSatisfy({ $0.index == index || confirmedServers.contains($0.index) }),
            let disk = try? Self.foreignDisk(dataDirectory, epoch: epoch, identity: identity)
        else { return }
        if servers[index].isRunning { kill(index, downFor: fault.duration / 2) }
        trace.say("server \(index + 1): gets the data of ensemble \(Membership.text(identity)) in epoch \(epoch)")
        damagedServers.insert(index)
        foreignServers.insert(index)
        servers[index].disk = disk
        wiped(index, inUse: true)
    }

    private static func foreignDisk(_ directory: String, epoch: Epoch, identity: UInt64) throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        var epochs = try EpochFile(directory, on: disk)
        try epochs.accept(epoch)
        try epochs.makeCurrent(epoch, identity: identity)
        try epochs.confirm(identity)
        return disk
    }

    /// Somebody has read the log line: the server is stopped, and emptied once the others serve.
    func endForeignServers() {
        for index in foreignServers.sorted() {
            kill(index, downFor: setup.tick)
            servers[index].damage = "its data are of another ensemble"
        }
        foreignServers.removeAll()
    }
}
