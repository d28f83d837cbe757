import Host
import Log
import Replica
import Stepped
import Wire
import Zab
import Znodes

/// One server that inputs are fed to: what it says is checked and goes nowhere, its log is synced when it is asked for.
/// Built anew for every input.
final class Rig: SteppedServer {
    private var dials: [HostDial] = []
    /// Open connections: quorum links, election links that the server dialled, and those that its peers did.
    private var links: [ServerID: SteppedSocket] = [:]
    private var ways: [ServerID: SteppedSocket] = [:]
    private var voices: [ServerID: SteppedSocket] = [:]
    private var clients = [SteppedSocket?](repeating: nil, count: 4)
    /// Has been dialled just now: a hello comes first.
    private var stranger: SteppedSocket?
    private let frames = ByteWriter(capacity: 1024)

    init(_ myself: ServerID, of voters: [ServerID]) {
        // Everything that clients may be allowed, and a sweep with nearly each tick.
        var limits = MemberLimits()
        limits.extendedTypesEnabled = true
        limits.enforcesQuotas = true
        limits.sweepMilliseconds = 50
        super.init(
            Configuration(myself: myself, voters: voters, tick: 100_000_000, initLimit: 10, syncLimit: 5),
            limits: limits,
            policy: SnapshotPolicy(snapCount: 1, sliceBytes: 512)
        )
        snapshots.mayBegin = { _ in false }
        start()
    }

    /// The server said that it cannot go on: allowed, where a peer or a disk lied to it.
    var failure: String? { host.failure }

    // MARK: peers

    /// Opens a link with that peer, or the peer ends it.
    func link(_ id: ServerID, up: Bool) {
        if up, links[id] == nil { links[id] = answered(.quorum, id) ?? accepted(.quorum, id) }
        if !up, let socket = links.removeValue(forKey: id) { hangUp(socket) }
    }

    /// The same for the election link that this server speaks on.
    func electionLink(_ id: ServerID, up: Bool) {
        if up, ways[id] == nil {
            listen(to: id)
            ways[id] = answered(.election, id)
        }
        if !up, let socket = ways.removeValue(forKey: id) { hangUp(socket) }
    }

    /// A peer that dials is dialled back at once.
    private func listen(to id: ServerID) {
        if voices[id] == nil { voices[id] = accepted(.election, id) }
    }

    /// The newest dial comes through, if there is one.
    private func answered(_ port: PeerPort, _ id: ServerID) -> SteppedSocket? {
        guard let dial = dials.last(where: { $0.port == port && $0.peer == id }) else { return nil }
        dials.removeAll { $0.port == port && $0.peer == id }
        let socket = SteppedSocket()
        stranger = socket
        connect(socket, dial)
        stranger = nil
        return socket.isOpen ? socket : nil
    }

    /// The peer dials.
    private func accepted(_ port: PeerPort, _ id: ServerID) -> SteppedSocket? {
        let socket = SteppedSocket()
        accept(socket, on: port)
        frames.removeAll()
        Hello(id: id).encode(magic: port.magic, into: frames)
        receive(frames.bytes, on: socket)
        return socket.isOpen ? socket : nil
    }

    /// A frame of a peer, without its length.
    func receive(_ bytes: UnsafeRawBufferPointer, from id: ServerID) {
        if bytes.count > 0, let socket = links[id] { receive(frame: bytes, on: socket) }
    }

    func receive(_ frame: PeerFrame, from id: ServerID) {
        guard let socket = links[id] else { return }
        frames.removeAll()
        frame.encode(into: frames)
        receive(frames.bytes, on: socket)
    }

    /// What a peer writes, frames or not.
    func receive(unframed bytes: UnsafeRawBufferPointer, from id: ServerID) {
        if let socket = links[id] { receive(bytes, on: socket) }
    }

    func notify(_ bytes: UnsafeRawBufferPointer, from id: ServerID) {
        listen(to: id)
        if bytes.count > 0, let socket = voices[id] { receive(frame: bytes, on: socket) }
    }

    func notify(_ notification: Notification, from id: ServerID) {
        let bytes = Encoded.bytes { notification.encode(into: $0) }
        bytes.withUnsafeBytes { notify($0, from: id) }
    }

    private func receive(frame bytes: UnsafeRawBufferPointer, on socket: SteppedSocket) {
        frames.removeAll()
        frames.append(UInt32(bytes.count))
        frames.append(bytes: bytes)
        receive(frames.bytes, on: socket)
    }

    // MARK: clients

    func open(_ id: Int) {
        guard clients[id] == nil else { return }
        let socket = SteppedSocket()
        clients[id] = socket
        accept(client: socket)
        if !socket.isOpen { clients[id] = nil }
    }

    func close(_ id: Int) {
        guard let socket = clients[id] else { return }
        clients[id] = nil
        hangUp(socket)
    }

    func clientFrame(_ id: Int, _ bytes: UnsafeRawBufferPointer) {
        if let socket = clients[id] { receive(frame: bytes, on: socket) }
    }

    /// What a client writes, frames or not.
    func clientBytes(_ id: Int, _ bytes: UnsafeRawBufferPointer) {
        if let socket = clients[id] { receive(bytes, on: socket) }
    }

    // MARK: what comes out

    override func newsCame() {
        for news in takeNews() {
            switch news {
            case .dial(let dial): dials.append(dial)
            case .bytes(let socket, let bytes): bytes.withUnsafeBytes { check($0, on: socket) }
            case .outputShut(let socket): endInput(socket)
            case .closed(let socket): forget(socket)
            }
        }
    }

    private func forget(_ socket: SteppedSocket) {
        if let place = clients.firstIndex(where: { $0 === socket }) { clients[place] = nil }
        for id in host.member.configuration.voters {
            if links[id] === socket { links[id] = nil }
            if ways[id] === socket { ways[id] = nil }
            if voices[id] === socket { voices[id] = nil }
        }
    }

    /// What this server sends, another one, or a client, must be able to read.
    private func check(_ bytes: UnsafeRawBufferPointer, on socket: SteppedSocket) {
        if socket === stranger {
            stranger = nil
            precondition(bytes.count == Hello.size, "a server said what is no hello")
        } else if clients.contains(where: { $0 === socket }) {
            Self.check(replies: bytes)
        } else {
            let isElection = ways.values.contains { $0 === socket }
            Self.check(sent: bytes, lengthMax: (isElection ? PeerPort.election : .quorum).frameMax) {
                isElection ? (try? Notification(decoding: $0)) != nil : Self.isFrame($0)
            }
        }
    }

    private static func isFrame(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let frame = try? PeerFrame(decoding: bytes) else { return false }
        if case .proposals(_, let records) = frame { return !records.isEmpty }
        return true
    }

    private static func check(
        sent bytes: UnsafeRawBufferPointer,
        lengthMax: Int,
        _ isRead: (UnsafeRawBufferPointer) -> Bool
    ) {
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            guard let length = try? reader.uint32(), length <= lengthMax,
                let frame = try? reader.bytes(Int(length)), isRead(frame)
            else { fatalError("a server sent what no server reads") }
        }
    }

    private static func check(replies bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            guard let frame = try? reader.nonNullBuffer(), frame.count >= 16 else {
                fatalError("a server answered with what is no frame")
            }
        }
    }

    /// Lets the server write its state out, loads that, and compares.
    func checkSnapshot() {
        var digest: UInt64?
        snapshots.mayBegin = { [unowned self] _ in
            defer { digest = digest ?? host.member.state.digest }
            return digest == nil
        }
        settle()
        snapshots.mayBegin = { _ in false }
        // Nothing was applied since the last one.
        guard failure == nil, let digest, let position = snapshots.finished.last else { return }
        let loader = SnapshotLoader()
        do {
            let reader = try snapshots.open(position)
            while let chunk = try reader.next() { try loader.feed(chunk) }
            let loaded = try loader.finish()
            precondition(loaded.digest == digest, "a snapshot of another state")
        } catch {
            fatalError("our own snapshot cannot be loaded: \(error)")
        }
    }
}
