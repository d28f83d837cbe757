import Client
import NIOCore
import Wire

/// Who owns a `CrowdSession`; called on the session's loop.
protocol CrowdOwner: AnyObject {
    /// The session was opened, or was given back on another connection.
    func sessionOpened(_ session: CrowdSession)
    /// The servers have given the session up; it does not come back.
    func sessionExpired(_ session: CrowdSession)
    /// Its connection is gone, or never came to be. It tries the next server by itself, unless that would fail, too.
    func sessionLost(_ session: CrowdSession, _ end: Disconnection)
    /// Its watches are set again.
    func watchesRestored(_ session: CrowdSession)
    /// The server would not set all of its watches again; the session has some of them, or none.
    func watchesRefused(_ session: CrowdSession, _ error: Int32)
    func watchFired(_ session: CrowdSession, _ event: WatchEvent)
    /// It was told to close, and is gone.
    func sessionClosed(_ session: CrowdSession)
}

/// One session of a crowd: requests with what is to be done with their answers, watches, pings, and a connection that is
/// opened again with the same session. No thread and no task of its own; confined to its loop.
final class CrowdSession: SessionDelegate {
    /// Takes the answer; what it throws closes the connection.
    typealias Handler = (Reply) throws(WireError) -> Void

    private struct Waiting {
        let xid: Int32
        let handler: Handler
    }

    /// Paths of one SetWatches: ZooKeeper's client sends no more than 128 KiB at a time either, since a server refuses
    /// longer frames.
    private static let watchesPerFrame = 1000

    let index: Int
    private let eventLoop: any EventLoop
    private let endpoints: [Endpoint]
    private let credentials: [Credential]
    private let wantedTimeout: Int32
    private unowned let owner: any CrowdOwner
    private var connection: SessionConnection<CrowdSession>?
    private var waiting = CircularBuffer<Waiting>(initialCapacity: 4)
    /// Of the newest request.
    private(set) var xid: Int32 = 0
    private var sessionID: Int64 = 0
    private var password = [UInt8](repeating: 0, count: 16)
    private var timeout: TimeAmount
    private var lastZxid: Int64 = 0
    private var nextEndpoint = 0
    private var attempts = 0
    /// Answers to SetWatches that are due.
    private var restoring = 0
    /// What was answered to one of them that was refused; 0 for none.
    private var restoringError: Int32 = 0
    private var isClosing = false
    private(set) var isConnected = false
    private(set) var isExpired = false

    /// - Parameter endpoints: the first choice first; tried in turn.
    init(index: Int, endpoints: [Endpoint], plan: LoadPlan, eventLoop: any EventLoop, owner: any CrowdOwner) {
        self.index = index
        self.endpoints = endpoints
        self.eventLoop = eventLoop
        self.owner = owner
        credentials = plan.place.credentials
        wantedTimeout = plan.sessionTimeoutMilliseconds
        timeout = .milliseconds(Int64(plan.sessionTimeoutMilliseconds))
    }

    // MARK: The connection

    func connect() {
        guard !isClosing else { return }
        let endpoint = endpoints[nextEndpoint % endpoints.count]
        nextEndpoint += 1
        let request = ConnectRequest(
            lastZxidSeen: lastZxid,
            timeout: wantedTimeout,
            sessionID: sessionID,
            password: password
        )
        connection = SessionConnection.open(
            endpoint,
            request: request,
            credentials: credentials,
            // As ZooKeeper's clients do: a third of the session's time for each server.
            timeout: .nanoseconds(timeout.nanoseconds / 3),
            on: eventLoop,
            delegate: self
        )
    }

    /// Closes the connection as a network would, without a word about the session.
    func drop() { connection?.close("cut on purpose") }

    func sessionAnswered(_ response: ConnectResponse) {
        guard response.sessionID != 0, response.timeout > 0 else {
            isClosing = true
            isExpired = true
            let connection = connection
            self.connection = nil
            connection?.abandon()
            return owner.sessionExpired(self)
        }
        sessionID = response.sessionID
        password = response.password
        timeout = .milliseconds(Int64(response.timeout))
        attempts = 0
        isConnected = true
        owner.sessionOpened(self)
    }

    func disconnected(_ end: Disconnection) {
        isConnected = false
        connection = nil
        waiting.removeAll(keepingCapacity: true)
        (restoring, restoringError) = (0, 0)
        guard !isClosing else { return owner.sessionClosed(self) }
        owner.sessionLost(self, end)
        guard !end.isFinal else { return }
        attempts += 1
        // Every server once at once, then rounds that are further and further apart, as ZooKeeper's clients do it.
        let rounds = attempts / endpoints.count
        let pause = attempts % endpoints.count == 0 ? min(50 << min(rounds, 5), 1000) : 0
        guard pause > 0 else { return connect() }
        // Not all at the same moment.
        let spread = pause / 2 + (index &* 7919) % max(pause / 2, 1)
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(spread))) { self.connect() }
    }

    /// Pings a quiet server and gives up one that says nothing. To be called several times in a session's timeout.
    func tick(_ now: NIODeadline) {
        guard isConnected, let connection else { return }
        if now - connection.lastReceived > .nanoseconds(timeout.nanoseconds * 2 / 3) {
            connection.close("no word for two thirds of the session's timeout")
        } else if now - connection.lastSent > .nanoseconds(timeout.nanoseconds / 3) {
            connection.ping()
        }
    }

    /// Ends the session; the owner hears `sessionClosed` once the connection is gone.
    func close() {
        // Its connection is gone, and nobody will hear of that any more.
        guard !isExpired else { return owner.sessionClosed(self) }
        guard !isClosing else { return }
        isClosing = true
        guard let connection else { return owner.sessionClosed(self) }
        guard isConnected else { return connection.close("the load is over") }
        append(.closeSession, xid: 0) { _ in }
        connection.flush()
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(2)) { connection.close("the load is over") }
    }

    // MARK: Requests

    /// Sends a request; without a connection it is lost, as its answer would be.
    func request(_ op: OpCode, _ body: (ByteWriter) -> Void, then handler: @escaping Handler) {
        guard isConnected, !isClosing else { return }
        xid = xid == .max ? 1 : xid + 1
        append(op, xid: xid, body)
        waiting.append(Waiting(xid: xid, handler: handler))
        connection?.flush()
    }

    /// Sets data watches again at the server that it is connected to now; one whose znode has changed meanwhile fires at
    /// once.
    ///
    /// - Parameter paths: not empty.
    func restoreWatches(_ paths: [String]) {
        guard isConnected else { return }
        for first in stride(from: 0, to: paths.count, by: Self.watchesPerFrame) {
            let some = paths[first..<min(first + Self.watchesPerFrame, paths.count)]
            restoring += 1
            append(.setWatches, xid: ReservedXid.setWatches) { writer in
                writer.append(lastZxid)
                writer.append(Int32(some.count))
                for path in some { writer.append(string: path) }
                // None of exists, none of children.
                writer.append(Int32(0))
                writer.append(Int32(0))
            }
        }
        connection?.flush()
    }

    private func append(_ op: OpCode, xid: Int32, _ body: (ByteWriter) -> Void) {
        let writer = ByteWriter(capacity: 256)
        writer.append(Int32(0))
        writer.append(xid)
        writer.append(op.rawValue)
        body(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        connection?.append(capacity: writer.count) { bytes in
            bytes.copyMemory(from: writer.bytes)
            return writer.count
        }
    }

    // MARK: Answers

    func repliesArrived(_ replies: inout ReplyCursor) throws(WireError) {
        while let reply = try replies.next() {
            switch reply.xid {
            case ReservedXid.ping, ReservedXid.auth: continue
            case ReservedXid.setWatches:
                restoring -= 1
                if reply.error != 0 { restoringError = reply.error }
                guard restoring == 0 else { continue }
                let error = restoringError
                restoringError = 0
                if error == 0 { owner.watchesRestored(self) } else { owner.watchesRefused(self, error) }
            case ReservedXid.watchEvent:
                var reader = ByteReader(reply.body)
                if let event = try WatchEvent(from: &reader) { owner.watchFired(self, event) }
            default:
                guard !isClosing else { continue }
                guard let first = waiting.popFirst() else { throw WireError("an answer that nobody asked for") }
                guard first.xid == reply.xid else {
                    throw WireError("the answer to \(reply.xid) came where that to \(first.xid) was due")
                }
                if reply.zxid > lastZxid { lastZxid = reply.zxid }
                try first.handler(reply)
            }
        }
    }

    func readCompleted() {}
}
