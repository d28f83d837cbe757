import NIOCore
import NIOPosix
import Workload

/// Lies between the servers of an ensemble: each dials the others at ports of the proxy, which passes on what they say
/// and can delay it, limit its bandwidth, or keep it back. Needs no rights, since it is an ordinary process on loopback.
///
/// It has one thread, for all links. Without delay and limit a message costs two passes through it, some tens of
/// microseconds: figures of proxied and of direct ensembles are not to be compared.
///
/// *Delays* are never shorter than asked for, and longer by what the thread needs to wake up: the kernel's timer is
/// exact to the microsecond, so that is some tens of microseconds while a processor is free, and whatever its queue is
/// while none is. A connection's handshake takes the way there and back.
///
/// *Bandwidth* is that of one direction between two servers, over all their connections. What is taken in one read, at
/// most a millisecond's worth, arrives as a whole when its last bit does.
///
/// *Cuts* lose nothing: what is said in a cut stays in the sender's kernel and a few reads in the proxy, and arrives
/// after the heal, as TCP's retransmission would have it. So does the end of a connection. Dialling in a cut succeeds,
/// since the kernel accepts, and then nothing is heard.
public final class LinkProxy: LinkControl {
    private struct Door: Sendable {
        var quorum: LinkDoor
        var election: LinkDoor
    }

    public let size: Int
    private let loops: MultiThreadedEventLoopGroup
    private let eventLoop: any EventLoop
    private let directions: [LinkWay: LinkDirection]
    private let doors: [LinkWay: Door]
    private let quorumPorts: [LinkTarget]
    private let electionPorts: [LinkTarget]

    /// Takes the ports that servers will dial; they refuse until `expect` has found the server behind them.
    ///
    /// - Parameter links: conditions of ways to or from servers beyond `size` are of no interest.
    /// - Throws: `TargetError` where the machine has no ports left.
    public init(size: Int, links: PlannedLinks) throws(TargetError) {
        self.size = size
        loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = loops.next()
        self.eventLoop = eventLoop
        let quorumPorts = (0..<size).map { _ in LinkTarget(eventLoop: eventLoop) }
        let electionPorts = (0..<size).map { _ in LinkTarget(eventLoop: eventLoop) }
        let ways = (1...max(size, 1)).flatMap { one in
            (1...max(size, 1)).filter { $0 != one }.map { LinkWay(from: one, to: $0) }
        }
        var directions: [LinkWay: LinkDirection] = [:]
        for way in ways { directions[way] = LinkDirection(links[from: way.from, to: way.to]) }
        var doors: [LinkWay: Door] = [:]
        do {
            for way in ways {
                guard let there = directions[way], let back = directions[LinkWay(from: way.to, to: way.from)] else {
                    continue
                }
                let quorum = try LinkDoor(target: quorumPorts[way.to - 1], there: there, back: back)
                let election = try LinkDoor(target: electionPorts[way.to - 1], there: there, back: back)
                quorumPorts[way.to - 1].doors.append(quorum)
                electionPorts[way.to - 1].doors.append(election)
                doors[way] = Door(quorum: quorum, election: election)
            }
        } catch {
            loops.shutdownGracefully { _ in }
            throw error
        }
        self.directions = directions
        self.doors = doors
        self.quorumPorts = quorumPorts
        self.electionPorts = electionPorts
    }

    /// What stands in one server's zoo.cfg: its own ports, and where it reaches the others through the proxy.
    ///
    /// - Parameter ports: the servers' own, by id.
    public func ports(seenBy id: Int, of ports: [ServerPorts]) -> [ServerPorts] {
        var seen = ports
        for other in 1...size where other != id {
            guard let door = doors[LinkWay(from: id, to: other)] else { continue }
            seen[other - 1].peer = door.quorum.port
            seen[other - 1].election = door.election.port
        }
        return seen
    }

    /// A server is about to be started, or started again, that listens on these ports: the others can reach it as soon
    /// as it does.
    public func expect(_ id: Int, on ports: ServerPorts) {
        let (quorum, election) = (quorumPorts[id - 1], electionPorts[id - 1])
        eventLoop.execute {
            quorum.expect(port: ports.peer)
            election.expect(port: ports.election)
        }
    }

    public func cut(from one: Int, to other: Int) { set(one, other, isCut: true) }

    public func heal(from one: Int, to other: Int) { set(one, other, isCut: false) }

    private func set(_ one: Int, _ other: Int, isCut: Bool) {
        let way = LinkWay(from: one, to: other)
        guard let direction = directions[way] else { return }
        direction.isCut = isCut
        let doors = [doors[way], doors[LinkWay(from: other, to: one)]]
        eventLoop.execute {
            if !isCut { direction.goOn() }
            for door in doors {
                door?.quorum.update()
                door?.election.update()
            }
        }
    }

    /// Waits until the ports that `one` reaches `other` at accept.
    func opening(from one: Int, to other: Int) async throws {
        guard let door = doors[LinkWay(from: one, to: other)] else { return }
        try await eventLoop.flatSubmit { door.quorum.opening().and(door.election.opening()).map { _ in } }.get()
    }

    /// Closes all connections and ends the thread.
    public func stop() async {
        let targets = quorumPorts + electionPorts
        let doors = Array(doors.values)
        try? await eventLoop.submit {
            for target in targets { target.stop() }
            for door in doors {
                door.quorum.stop()
                door.election.stop()
            }
        }.get()
        try? await loops.shutdownGracefully()
    }
}
