import DequeModule
import NIOCore
import Wire

/// The state of a `ZooKeeperClient`: its session, its connection and its requests. Confined to its event loop.
final class ClientCore: SessionDelegate, @unchecked Sendable {
    enum Phase {
        /// Looking for a server; the session's id is 0 before the first one.
        case connecting
        case connected
        case closing
        /// Nothing more can be done; requests fail with the error.
        case over(ClientError)
    }

    let endpoints: [Endpoint]
    let configuration: ZooKeeperClient.Configuration
    let eventLoop: any EventLoop
    let events: AsyncStream<WatchEvent>.Continuation

    var phase = Phase.connecting
    var connection: SessionConnection<ClientCore>?
    var nextEndpoint = 0
    var failuresInARow = 0
    var lastFailure = "not tried yet"
    /// When the connection was lost, or the client started.
    var disconnectedSince = NIODeadline.now()
    var ticker: RepeatedTask?

    var sessionID: Int64 = 0
    var password = [UInt8](repeating: 0, count: 16)
    var timeout: TimeAmount
    var lastZxid: Int64 = 0
    private var xid: Int32 = 0

    var inFlight: Deque<PendingRequest> = []
    var waiting: Deque<PendingRequest> = []
    var watches = WatchTable()
    var started: EventLoopPromise<Void>?
    var closed: EventLoopPromise<Void>?

    init(
        endpoints: [Endpoint],
        configuration: ZooKeeperClient.Configuration,
        eventLoop: any EventLoop,
        events: AsyncStream<WatchEvent>.Continuation
    ) {
        self.endpoints = endpoints
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.events = events
        timeout = configuration.sessionTimeout
    }

    var state: SessionState {
        SessionState(
            id: sessionID,
            endpoint: isConnected ? connection?.endpoint : nil,
            timeout: timeout,
            lastZxid: lastZxid
        )
    }

    var isConnected: Bool { if case .connected = phase { true } else { false } }

    // MARK: Requests

    func submit(_ request: PendingRequest, _ continuation: CheckedContinuation<[UInt8], any Error>) {
        request.attach(continuation)
        guard !request.isFinished else { return }
        switch phase {
        case .over(let error): request.finish(.failure(error))
        case .closing: request.finish(.failure(ClientError.closed))
        case .connecting, .connected:
            guard waiting.count < configuration.waitingMax else {
                return request.finish(.failure(ClientError.tooManyWaiting(limit: configuration.waitingMax)))
            }
            waiting.append(request)
            // Requests made in the same turn of the loop go out together.
            if waiting.count == 1, isConnected { eventLoop.assumeIsolated().execute { self.sendWaiting() } }
        }
    }

    func sendWaiting() {
        guard let connection, isConnected else { return }
        while inFlight.count < configuration.outstandingMax, let request = waiting.popFirst() {
            if !request.isFinished { send(request, on: connection) }
        }
        connection.flush()
    }

    func send(_ request: PendingRequest, on connection: SessionConnection<ClientCore>) {
        xid = xid == .max ? 1 : xid + 1
        request.xid = xid
        connection.append(capacity: request.frame.count) { frame in
            frame.copyBytes(from: request.frame)
            frame.storeBytes(of: request.xid.bigEndian, toByteOffset: 4, as: Int32.self)
            return request.frame.count
        }
        inFlight.append(request)
    }

    func failInFlight(_ error: ClientError) {
        while let request = inFlight.popFirst() { request.finish(.failure(error)) }
    }

    func failWaiting(_ error: ClientError) {
        while let request = waiting.popFirst() { request.finish(.failure(error)) }
    }

    // MARK: SessionDelegate

    func repliesArrived(_ replies: inout ReplyCursor) throws(WireError) {
        while let reply = try replies.next() {
            switch reply.xid {
            case ReservedXid.ping, ReservedXid.auth, ReservedXid.setWatches: continue
            case ReservedXid.watchEvent:
                var reader = ByteReader(reply.body)
                if let event = try WatchEvent(from: &reader) {
                    watches.fired(event)
                    events.yield(event)
                }
            default:
                guard let request = inFlight.popFirst() else { throw WireError("an answer that nobody asked for") }
                guard request.xid == reply.xid else {
                    inFlight.prepend(request)
                    throw WireError("the answer to request \(reply.xid) came where that to \(request.xid) was due")
                }
                if reply.zxid > lastZxid { lastZxid = reply.zxid }
                if let watch = request.watch { watches.asked(watch, error: reply.error) }
                request.finish(
                    reply.error == 0 ? .success(Array(reply.body)) : .failure(ClientError(code: reply.error))
                )
            }
        }
    }

    func readCompleted() {
        if !waiting.isEmpty { sendWaiting() }
    }
}
