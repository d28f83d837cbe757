import NIOCore
import NIOPosix
import Synchronization
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
        /// Nil where a server has one port for all that the others say.
        var election: LinkDoor?
        var all: [LinkDoor] { [quorum] + (election.map { [$0] } ?? []) }
    }

    public let size: Int
    private let dialling: ServerTraits.Dialling
    private let loops: MultiThreadedEventLoopGroup
    private let eventLoop: any EventLoop
    private let directions: [LinkWay: LinkDirection]
    private let doors: [LinkWay: Door]
    private let quorumPorts: [LinkTarget]
    private let electionPorts: [LinkTarget]
    private let sockets = ServerSockets()
    /// The servers' own, by id.
    private let ownPorts = Mutex<[Int: ServerPorts]>([:])

    /// Takes the ports that servers will dial; they refuse until `expect` has found the server behind them.
    ///
    /// - Parameters:
    ///   - links: conditions of ways to or from servers beyond `size` are of no interest.
    ///   - dialling: how the servers learn these ports.
    /// - Throws: `TargetError` where the machine has no ports left.
    public init(
        size: Int,
        links: PlannedLinks,
        dialling: ServerTraits.Dialling = .ownList
    ) throws(TargetError) {
        self.size = size
        self.dialling = dialling
        loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = loops.next()
        self.eventLoop = eventLoop
        let pause = dialling == .dialledBack ? LinkTarget.leadersPause : LinkTarget.otherPause
        quorumPorts = (0..<size).map { _ in LinkTarget(eventLoop: eventLoop, pause: pause) }
        electionPorts = (0..<size).map { _ in LinkTarget(eventLoop: eventLoop) }
        directions = Dictionary(
            uniqueKeysWithValues: Self.ways(size).map { ($0, LinkDirection(links[from: $0.from, to: $0.to])) }
        )
        do {
            doors =
                dialling == .announced
                ? try Self.sharedDoors(size, directions, quorumPorts, sockets)
                : try Self.ownDoors(size, directions, quorumPorts, electionPorts)
        } catch {
            loops.shutdownGracefully { _ in }
            throw error
        }
        for (way, door) in doors {
            for each in door.all { (each === door.quorum ? quorumPorts : electionPorts)[way.to - 1].add(each) }
            guard dialling == .dialledBack else { continue }
            door.election?.dialBackPort = doors[LinkWay(from: way.to, to: way.from)]?.election?.port
        }
    }

    /// All of an ensemble.
    private static func ways(_ size: Int) -> [LinkWay] {
        (1...max(size, 1)).flatMap { one in
            (1...max(size, 1)).filter { $0 != one }.map { LinkWay(from: one, to: $0) }
        }
    }

    /// Two for each way: nobody else knows them.
    private static func ownDoors(
        _ size: Int,
        _ directions: [LinkWay: LinkDirection],
        _ quorumPorts: [LinkTarget],
        _ electionPorts: [LinkTarget]
    ) throws(TargetError) -> [LinkWay: Door] {
        var doors: [LinkWay: Door] = [:]
        for way in ways(size) {
            guard let pair = pair(way, directions) else { continue }
            doors[way] = Door(
                quorum: try LinkDoor(target: quorumPorts[way.to - 1], visitors: .one(pair)),
                election: try LinkDoor(target: electionPorts[way.to - 1], visitors: .one(pair))
            )
        }
        return doors
    }

    /// One for each server, which all ways to it share.
    private static func sharedDoors(
        _ size: Int,
        _ directions: [LinkWay: LinkDirection],
        _ quorumPorts: [LinkTarget],
        _ sockets: ServerSockets
    ) throws(TargetError) -> [LinkWay: Door] {
        var doors: [LinkWay: Door] = [:]
        for server in 1...max(size, 1) {
            let ways = ways(size).filter { $0.to == server }
            var pairs: [Int: LinkPair] = [:]
            for way in ways { pairs[way.from] = pair(way, directions) }
            let door = try LinkDoor(target: quorumPorts[server - 1], visitors: .several(pairs, sockets))
            for way in ways { doors[way] = Door(quorum: door) }
        }
        return doors
    }

    private static func pair(_ way: LinkWay, _ directions: [LinkWay: LinkDirection]) -> LinkPair? {
        guard let there = directions[way], let back = directions[LinkWay(from: way.to, to: way.from)] else {
            return nil
        }
        return LinkPair(there: there, back: back)
    }

    /// What stands in one server's configuration: its own ports, and where it reaches the others through the proxy.
    ///
    /// - Parameter ports: the servers' own, by id.
    public func ports(seenBy id: Int, of ports: [ServerPorts]) -> [ServerPorts] {
        var seen = ports
        for other in 1...size where other != id {
            guard let door = doors[LinkWay(from: id, to: other)] else { continue }
            seen[other - 1].peer = door.quorum.port
            if let election = door.election { seen[other - 1].election = election.port }
            guard dialling == .announced else { continue }
            seen[other - 1].announced = door.quorum.port
            seen[id - 1].announced = doors[LinkWay(from: other, to: id)]?.quorum.port
        }
        return seen
    }

    /// A server was started, or started again, that will listen on these ports: the others can reach it as soon as it does.
    ///
    /// - Parameter pid: its process; nil where nobody is to look whose connections there are.
    public func expect(_ id: Int, on ports: ServerPorts, pid: Int32? = nil) {
        if let pid { sockets.note(pid, of: id) }
        ownPorts.withLock { $0[id] = ports }
        let (quorum, election) = (quorumPorts[id - 1], electionPorts[id - 1])
        let hasElectionPort = dialling != .announced
        eventLoop.execute {
            quorum.expect(port: ports.peer)
            if hasElectionPort { election.expect(port: ports.election) }
        }
    }

    /// Looked up in the kernel's tables: a server that holds a connection to another's own port has not come through here.
    public func bypass() async -> LinkWay? {
        var owners: [Int: Int] = [:]
        for (id, ports) in ownPorts.withLock({ $0 }) {
            owners[ports.peer] = id
            if dialling != .announced { owners[ports.election] = id }
        }
        guard let found = sockets.connection(toAnyOf: Set(owners.keys)), let owner = owners[found.port] else {
            return nil
        }
        return LinkWay(from: found.server, to: owner)
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
            for door in doors.compactMap({ $0 }).flatMap(\.all) { door.update() }
        }
    }

    /// Waits until the ports that `one` reaches `other` at accept.
    func opening(from one: Int, to other: Int) async throws {
        guard let door = doors[LinkWay(from: one, to: other)] else { return }
        for each in door.all { try await eventLoop.flatSubmit { each.opening() }.get() }
    }

    /// Closes all connections and ends the thread.
    public func stop() async {
        let targets = quorumPorts + electionPorts
        let doors = doors.values.flatMap(\.all)
        try? await eventLoop.submit {
            for target in targets { target.stop() }
            for door in doors { door.stop() }
        }.get()
        try? await loops.shutdownGracefully()
    }
}
