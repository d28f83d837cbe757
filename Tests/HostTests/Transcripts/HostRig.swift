import Foundation
import Host
import Log
import Replica
import Stepped
import TestSupport
import Wire
import Zab
import Znodes

/// What a host runs on in these tests: a folder, workers that wait for nobody, and sockets that say what happens to them.
enum RigPlatform: HostPlatform {
    typealias Storage = PosixDisk
    typealias Log = SteppedLog<PosixDisk>
    typealias Snapshots = SteppedSnapshots<PosixDisk>
    typealias Network = HostRig
    typealias Observer = HostRig
}

/// One end of a connection that nobody is at the other end of: what is written stands in the transcript, frame by frame.
final class RigSocket {
    enum Side {
        case client(ConnectionID)
        case peer(PeerConnection<RigPlatform>)
    }

    let name: String
    var side: Side?
    /// How many bytes it takes before it is full.
    var room = Int.max
    var unsent = 0
    fileprivate var written: [UInt8] = []
    fileprivate var hasSaidHello = false

    init(_ name: String) { self.name = name }
}

/// A host between a disk and a transcript. Bytes go in by the test's hand; a line stands for everything that comes out.
final class HostRig: HostNetwork, HostObserver {
    typealias Host = ServerHost<RigPlatform>

    /// `ZAB_PLANTED=held-client-never-read swift test ...`: which test fails with a planted bug.
    private static let planted: Void = {
        #if PLANTED_BUGS
            PlantedBug.planted = ProcessInfo.processInfo.environment["ZAB_PLANTED"].flatMap(PlantedBug.init)
        #endif
    }()

    private let folder = TemporaryFolder()
    private(set) var host: Host!
    private(set) var log: SteppedLog<PosixDisk>!
    private var now = SteppedLife<PosixDisk>.start
    private var roundIsDue = false
    private(set) var timers: [HostTimer] = []
    private(set) var dials: [HostDial] = []
    private var closed: [RigSocket] = []
    /// What has come out since it was asked for last.
    private var lines: [String] = []

    init(
        _ myself: UInt8 = 1,
        of servers: UInt8 = 1,
        limits: MemberLimits = MemberLimits(),
        readAheadBytes: Int = ClientInlet.readAheadMax,
        logBytesInFlightMax: Int = 64 << 20
    ) throws {
        Self.planted
        let life = try SteppedLife(
            in: folder.path,
            on: PosixDisk(),
            options: StoredServer.options,
            logBytesInFlightMax: logBytesInFlightMax
        )
        log = life.log
        host = ServerHost(
            HostConfiguration(readAheadBytes: readAheadBytes),
            member: life.makeMember(.quick(ServerID(myself), of: (1...servers).map { ServerID($0) }), limits: limits),
            store: life.store,
            network: self,
            observer: self,
            now: now
        )
        host.start()
    }

    /// What has come out since the last look, in order.
    func said() -> [String] {
        defer { lines.removeAll() }
        return lines
    }

    /// Rounds until nothing more happens.
    func endRounds() {
        repeat {
            tellClosed()
            guard roundIsDue else { return }
            roundIsDue = false
            host.endRound()
        } while true
    }

    /// What was appended becomes durable.
    func sync() throws {
        try log.sync()
        host.logAdvanced()
        endRounds()
    }

    func tick(after milliseconds: UInt64 = 10) {
        now += milliseconds * 1_000_000
        host.tick(now: now, wallClockMilliseconds: SteppedLife<PosixDisk>.wallClockMilliseconds)
        endRounds()
    }

    func fire(_ timer: HostTimer) {
        timers.removeAll { $0 == timer }
        host.timer(timer)
    }

    // MARK: what comes in

    func client(_ name: String) -> RigSocket {
        let socket = RigSocket(name)
        socket.side = host.accepted(client: socket, from: .unknown).map { .client($0) }
        return socket
    }

    func peer(_ name: String, on port: PeerPort) -> RigSocket {
        let socket = RigSocket(name)
        socket.side = .peer(host.accepted(socket, on: port))
        return socket
    }

    func dialled(_ dial: HostDial, as name: String) -> RigSocket {
        dials.removeAll { $0 == dial }
        let socket = RigSocket(name)
        socket.side = .peer(host.dialled(dial, socket))
        return socket
    }

    func receive(_ bytes: [UInt8], on socket: RigSocket) {
        bytes.withUnsafeBytes { bytes in
            switch socket.side {
            case .client(let id): host.received(bytes, from: id)
            case .peer(let connection): host.received(bytes, on: connection)
            case nil: break
            }
        }
    }

    /// The oldest dial under way comes to nothing.
    func failDial() { host.dialFailed(dials.removeFirst()) }

    /// The other side has closed.
    func close(by socket: RigSocket) {
        switch socket.side {
        case .client(let id): host.closed(id)
        case .peer(let connection): host.closed(connection)
        case nil: break
        }
        socket.side = nil
    }

    /// The socket takes everything.
    func drain(_ socket: RigSocket) {
        let wasFull = !isWritable(socket)
        (socket.unsent, socket.room) = (0, .max)
        guard case .client(let id) = socket.side else { return }
        host.sentAll(id)
        if wasFull { host.becameWritable(id) }
    }

    private func tellClosed() {
        let sockets = closed
        closed.removeAll()
        for socket in sockets { close(by: socket) }
    }

    // MARK: HostNetwork

    func dial(_ dial: HostDial) {
        dials.append(dial)
        lines.append("dial \(dial.port) \(dial.peer)")
    }

    func makeBytes(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { Array(bytes) }
    func write(_ bytes: [UInt8], on socket: RigSocket) { socket.written += bytes }
    func write(_ bytes: UnsafeRawBufferPointer, on socket: RigSocket) { socket.written += bytes }

    func flush(_ socket: RigSocket) {
        if socket.room < .max { socket.unsent += socket.written.count }
        lines += Transcript.lines(of: socket.written, to: socket.name, socket.side, isHello: isHello(socket))
        socket.written = []
    }

    private func isHello(_ socket: RigSocket) -> Bool {
        // Before `dialled` has returned the socket has no side: that is when the hello goes out.
        defer { socket.hasSaidHello = true }
        return socket.side == nil && !socket.hasSaidHello
    }

    func isOpen(_ socket: RigSocket) -> Bool { socket.side != nil }
    func isWritable(_ socket: RigSocket) -> Bool { socket.unsent + socket.written.count < socket.room }
    func unsentBytes(_ socket: RigSocket) -> Int { socket.unsent }
    func tellWhenSent(_ socket: RigSocket) { lines.append("\(socket.name): waits until all is sent") }
    func setReading(_ isReading: Bool, _ socket: RigSocket) {
        lines.append("\(socket.name): \(isReading ? "is read" : "is not read")")
    }
    func shutDownOutput(_ socket: RigSocket) { lines.append("\(socket.name): output shut") }

    func close(_ socket: RigSocket) {
        lines.append("\(socket.name): closed")
        closed.append(socket)
    }

    var moment: Nanoseconds { now }
    /// What `many` is answered, part by part.
    var parts: [WordAnswer.Part] = []

    func isWord(_ word: Int) -> Bool { word == 0x7275_6f6b || word == 0x6d61_6e79 }
    func answer(toWord word: Int, behind: UnsafeRawBufferPointer) -> WordAnswer {
        guard word == 0x6d61_6e79 else { return WordAnswer("imok") }
        return WordAnswer { [unowned self] in parts.removeFirst() }
    }

    func schedule(_ timer: HostTimer, after pause: Nanoseconds) {
        timers.append(timer)
        let milliseconds = pause / 1_000_000
        switch timer {
        case .dialQuorum(let wish): lines.append("dial quorum \(wish.peer) in \(milliseconds) ms")
        case .dialElection(let peer, _): lines.append("dial election \(peer) in \(milliseconds) ms")
        }
    }

    func scheduleEndOfRound(followsRound: Bool) { roundIsDue = true }

    // MARK: HostObserver

    var isAlive: Bool { true }
    func complains(_ complaint: HostComplaint, about socket: RigSocket?) {
        let name = socket?.name ?? "?"
        switch complaint {
        case .refused(_, let line): lines.append("\(name): refused: \(line ?? "told already")")
        case .broken(_, _, let reason), .closed(_, let reason), .client(let reason), .brokenClient(let reason):
            lines.append("\(name): \(reason)")
        case .deaf: lines.append("\(name): does not read")
        }
    }
    func failed(_ reason: String) { lines.append("failed: \(reason)") }
}
