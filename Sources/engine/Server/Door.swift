import CPlatform
import Host
import Logging
import NIOCore
import Wire

/// A server's three ports, and what is said about those who knock there. Confined to the event loop.
final class Doors {
    let client: Door
    let quorum: Door
    let election: Door
    let descriptors: DescriptorReservation
    /// Connections that were refused or closed before they said anything.
    var turnedAway = 0
    private let logger: Logger
    private var complaints = ComplaintFilter()

    init(descriptors: DescriptorReservation, logger: Logger) {
        self.descriptors = descriptors
        self.logger = logger
        client = Door(.client, Admission.Limits(strangersMax: descriptors.clientStrangersMax))
        quorum = Door(.quorum, Admission.Limits(strangersMax: descriptors.strangersPerPeerPort))
        election = Door(.election, Admission.Limits(strangersMax: descriptors.strangersPerPeerPort))
        for door in all { door.doors = self }
    }

    private var all: [Door] { [client, quorum, election] }

    var strangerCount: Int { all.reduce(0) { $0 + $1.strangerCount } }

    subscript(port: Door.Port) -> Door {
        switch port {
        case .client: client
        case .quorum: quorum
        case .election: election
        }
    }

    /// Closes who has said nothing for too long. To be called on each tick.
    func tick(_ now: UInt64) { for door in all { door.closeOverdue(now) } }

    /// One line a minute about each address and topic, however often it knocks; nil for what has no address.
    func complain(_ topic: ComplaintFilter.Topic, about address: AddressGroup?, _ line: @autoclosure () -> String) {
        guard let heldBack = complaints.admit(topic, about: address, now: zb_monotonic_nanoseconds()) else { return }
        logger.warning("\(line())\(heldBack > 0 ? " (\(heldBack) similar lines were suppressed)" : "")")
    }

    /// Of what a connection said.
    func complain(about channel: any Channel, _ line: @autoclosure () -> String) {
        complain(.malformed, about: channel.addressGroup, line())
    }

    func complain(_ topic: ComplaintFilter.Topic, about channel: any Channel, _ line: @autoclosure () -> String) {
        complain(topic, about: channel.addressGroup, line())
    }
}

/// One port: who is let in is `Admission`'s to say, and the budget of descriptors'; when to accept is said here. Confined to
/// the event loop.
final class Door: @unchecked Sendable {
    enum Port: String { case client, quorum, election }

    /// While accept(2) fails (no descriptor or no memory is left, in this process or in the system), and after a client
    /// that would have had a reserved descriptor.
    private static let errorPause: UInt64 = 100_000_000

    let port: Port
    fileprivate(set) unowned var doors: Doors!
    /// Where connections come from; nil before it listens.
    var listener: (any Channel)?
    private var admission: Admission
    private var strangers: [Admission.Ticket: any Channel] = [:]
    private var tickets: [ObjectIdentifier: Admission.Ticket] = [:]
    private var goOnTimer: Scheduled<Void>?
    private var isHeldByStrangers = false

    fileprivate init(_ port: Port, _ limits: Admission.Limits) {
        self.port = port
        admission = Admission(limits)
    }

    var strangerCount: Int { admission.strangerCount }

    // MARK: coming and going

    /// A connection was accepted. False if it is refused, and closed.
    func admits(_ channel: any Channel) -> Bool {
        let now = zb_monotonic_nanoseconds()
        let address = channel.addressGroup
        let ceiling = doors.descriptors.clientCeiling
        if port == .client, let descriptor = channel.descriptor, descriptor >= ceiling {
            doors.turnedAway += 1
            doors.complain(
                .tooMany,
                about: address,
                "client \(address) refused: all \(ceiling) unreserved descriptors are in use (ulimit -n)"
            )
            close(channel)
            hold(for: Self.errorPause, isFull: false)
            return false
        }
        let (ticket, displaced) = admission.admit(from: address, now: now)
        strangers[ticket] = channel
        tickets[ObjectIdentifier(channel)] = ticket
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in forget(channel) }
        if let displaced {
            turnAway(displaced, "displaced by a newer connection: too many connections have sent nothing")
        }
        holdWhileFull(now)
        return true
    }

    /// Its first whole frame is there.
    func becameKnown(_ channel: any Channel) {
        guard forget(channel) else { return }
        if port != .client { channel.keepPeerAlive(isElection: port == .election) }
    }

    /// Closes the oldest stranger of an address for a better use of its place. False if there is none, or it is too young.
    func makeRoom(for channel: any Channel) -> Bool {
        let oldest = admission.takeOldest(of: channel.addressGroup, now: zb_monotonic_nanoseconds())
        guard let oldest else { return false }
        turnAway(oldest, "displaced by a newer connection: maxClientCnxns is reached")
        return true
    }

    fileprivate func closeOverdue(_ now: UInt64) {
        for ticket in admission.takeOverdue(now: now) {
            turnAway(ticket, "no complete frame within \(admission.limits.patience / 1_000_000_000) s")
        }
        goOnIfThereIsRoom()
    }

    @discardableResult private func forget(_ channel: any Channel) -> Bool {
        guard let ticket = tickets.removeValue(forKey: ObjectIdentifier(channel)) else { return false }
        strangers[ticket] = nil
        admission.left(ticket)
        goOnIfThereIsRoom()
        return true
    }

    private func turnAway(_ ticket: Admission.Ticket, _ reason: String) {
        guard let channel = strangers.removeValue(forKey: ticket) else { return }
        tickets[ObjectIdentifier(channel)] = nil
        doors.turnedAway += 1
        let address = channel.addressGroup
        doors.complain(.silent, about: address, "\(port) connection from \(address): \(reason); connection closed")
        close(channel)
    }

    /// Who has said nothing gets a reset, so that thousands of them leave nothing behind here.
    private func close(_ channel: any Channel) {
        if let descriptor = channel.descriptor { _ = zb_reset_on_close(Int32(descriptor)) }
        channel.close(promise: nil)
    }

    // MARK: when to accept

    /// accept(2) failed in a way that passes: the listener stays.
    func acceptFailed(_ error: any Error) {
        doors.complain(.port, about: nil, "the \(port) port cannot accept a connection: \(error); trying again")
        hold(for: Self.errorPause, isFull: false)
    }

    private func holdWhileFull(_ now: UInt64) {
        let pause = admission.pause(now: now)
        if pause > 0 { hold(for: pause, isFull: true) }
    }

    private func hold(for nanoseconds: UInt64, isFull: Bool) {
        guard let listener else { return }
        // The longer reason stays: what a stranger's going would end is not the want of descriptors.
        if goOnTimer != nil, isFull, !isHeldByStrangers { return }
        goOnTimer?.cancel()
        isHeldByStrangers = isFull
        listener.setAutoRead(false)
        goOnTimer = listener.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(nanoseconds))) { [self] in
            goOn()
        }
    }

    private func goOn() {
        goOnTimer?.cancel()
        goOnTimer = nil
        isHeldByStrangers = false
        holdWhileFull(zb_monotonic_nanoseconds())
        if goOnTimer == nil { listener?.setAutoRead(true) }
    }

    private func goOnIfThereIsRoom() {
        if isHeldByStrangers, admission.pause(now: zb_monotonic_nanoseconds()) == 0 { goOn() }
    }
}

/// Stands in a listening port's pipeline, before what makes connections of the sockets.
final class DoorHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    private let door: Door

    init(_ door: Door) { self.door = door }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if door.admits(unwrapInboundIn(data)) { context.fireChannelRead(data) }
    }

    /// What accept(2) says. NIO would ask again at once, for as long as it says it; for all but five errors it closes the
    /// listener, which `PortListener` makes good.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { door.acceptFailed(error) }
}

extension Channel {
    /// Nil if it is closed, or has none.
    fileprivate var descriptor: Int? {
        (try? pipeline.syncOperations.withUnsafeTransportIfAvailable(of: CInt.self) { Int($0) }) ?? nil
    }

    /// The other end's. On the channel's event loop.
    var addressGroup: AddressGroup { AddressGroup(bytes: addressBytes) }

    /// The other end's, by which access lists know it.
    var clientAddress: ClientAddress { ClientAddress(bytes: addressBytes) }

    /// 4 or 16; none if the connection has been reset.
    private var addressBytes: [UInt8] {
        guard let descriptor else { return [] }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = zb_peer_address(Int32(descriptor), &bytes)
        return Array(bytes[..<Int(max(count, 0))])
    }

    fileprivate func setAutoRead(_ wanted: Bool) { try? syncOptions?.setOption(.autoRead, value: wanted) }

    /// A link whose other end is gone without a word (its host lost power, a firewall forgot it) ends within
    /// `PeerSilence`. Learners are heard anyhow while a leader serves; the election's links can be silent for months.
    func keepPeerAlive(isElection: Bool) {
        guard let descriptor else { return }
        // Not for the quorum's: a learner that installs a large snapshot does not read for long, and its links have
        // `initLimit` and `syncLimit`.
        let unacknowledged = isElection ? PeerSilence.seconds * 1000 : 0
        _ = zb_keep_alive(
            Int32(descriptor),
            CInt(PeerSilence.idleSeconds),
            CInt(PeerSilence.intervalSeconds),
            CInt(PeerSilence.probes),
            CUnsignedInt(unacknowledged)
        )
    }
}

/// How long a link between servers lives on without any sign of the other end.
enum PeerSilence {
    /// Then the kernel asks (TCP keep-alive),
    static let idleSeconds = 10
    /// each
    static let intervalSeconds = 5
    /// so many times, before the link ends.
    static let probes = 4
    static var seconds: Int { idleSeconds + intervalSeconds * probes }
}
