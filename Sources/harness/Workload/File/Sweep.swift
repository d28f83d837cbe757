import Client
import NIOCore
import Wire

/// Sends one request per item, in order and many at a time, over a session of its own: creating, reading and deleting
/// a run's znodes. Confined to its event loop.
///
/// A connection that breaks is opened again, and the sweep goes on with the first item that has no answer; it gives up
/// when nothing was answered for `patience`.
final class Sweep: SessionDelegate, @unchecked Sendable {
    /// Writes the request of an item with the given xid to the place; returns its length, at most `frameMax`.
    typealias Encode = @Sendable (_ item: Int, _ xid: Int32, _ place: UnsafeMutableRawPointer) -> Int
    /// Takes the answer of an item; `isRetry` says that the item may have been carried out before.
    /// - Returns: why the sweep must end here, or nil.
    typealias Handle = @Sendable (_ item: Int, _ reply: Reply, _ isRetry: Bool) -> String?

    private let count: Int
    private let window: Int
    private let frameMax: Int
    private let patience: TimeAmount
    private let syncPath: String?
    private let credentials: [Credential]
    private let endpoints: [Endpoint]
    private let eventLoop: any EventLoop
    private let encode: Encode
    private let handle: Handle

    private var connection: SessionConnection<Sweep>?
    /// Whether items may be sent: the session is there, and the server has caught up if it had to.
    private var isOpen = false
    private var isOver = false
    private var attempts = 0
    /// Items up to here were sent at least once.
    private var everSent = 0
    private var tail = 0
    private var head = 0
    private var lastProgress = NIODeadline.now()
    private var lastFailure = "not tried yet"
    private var ticker: RepeatedTask?
    private var promise: EventLoopPromise<Void>?

    /// - Parameters:
    ///   - endpoints: tried in turn.
    ///   - credentials: said to each of them.
    ///   - syncPath: if set, the server first has to catch up with the leader (`sync` of this path).
    init(
        count: Int,
        frameMax: Int,
        endpoints: [Endpoint],
        credentials: [Credential] = [],
        eventLoop: any EventLoop,
        patience: TimeAmount,
        syncPath: String? = nil,
        encode: @escaping Encode,
        handle: @escaping Handle
    ) {
        precondition(!endpoints.isEmpty)
        self.count = count
        self.frameMax = frameMax
        // ZooKeeper holds a client back above a thousand requests; a quarter of that keeps it busy.
        window = max(1, min(256, (1 << 20) / frameMax))
        self.endpoints = endpoints
        self.credentials = credentials
        self.eventLoop = eventLoop
        self.patience = patience
        self.syncPath = syncPath
        self.encode = encode
        self.handle = handle
    }

    /// - Throws: `LoadError.preparation` saying why the sweep ended early; `CancellationError`.
    func run() async throws {
        try await withTaskCancellationHandler {
            try await eventLoop.flatSubmit { self.start() }.get()
        } onCancel: {
            eventLoop.execute { self.end(CancellationError()) }
        }
    }

    private func start() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        guard !isOver else {
            promise.fail(CancellationError())
            return promise.futureResult
        }
        self.promise = promise
        lastProgress = .now()
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in
            self.tick()
        }
        connect()
        return promise.futureResult
    }

    private func connect() {
        guard !isOver else { return }
        let endpoint = endpoints[attempts % endpoints.count]
        attempts += 1
        connection = SessionConnection.open(
            endpoint,
            request: ConnectRequest(timeout: 10_000),
            credentials: credentials,
            timeout: min(patience, .seconds(2)),
            on: eventLoop,
            delegate: self
        )
    }

    private func tick() {
        if NIODeadline.now() - lastProgress > patience {
            end(LoadError.preparation("no progress for \(patience.nanoseconds / 1_000_000) ms: \(lastFailure)"))
        }
    }

    func sessionAnswered(_ response: ConnectResponse) {
        guard response.sessionID != 0 else { return connection!.close("no session was given") }
        tail = head
        if let syncPath {
            send(.sync) { $0.append(string: syncPath) }
        } else {
            isOpen = true
        }
        pump()
    }

    private func send(_ op: OpCode, _ body: (ByteWriter) -> Void) {
        let writer = ByteWriter(capacity: 128)
        writer.append(Int32(0))
        writer.append(Int32(0))
        writer.append(op.rawValue)
        body(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        connection?.append(capacity: writer.count) { bytes in
            bytes.copyMemory(from: writer.bytes)
            return writer.count
        }
        connection?.flush()
    }

    private func pump() {
        guard isOpen, !isOver, let connection else { return }
        let room = min(window - (tail - head), count - tail)
        // Half a window at a time, so that requests and answers travel in batches.
        guard room > 0, room >= window / 2 || tail + room == count else { return finishIfDone() }
        connection.append(capacity: room * frameMax) { buffer in
            var place = buffer.baseAddress!
            for _ in 0..<room {
                place += encode(tail, Int32(tail + 1), place)
                tail += 1
            }
            return place - buffer.baseAddress!
        }
        connection.flush()
    }

    private func finishIfDone() {
        guard head == count else { return }
        send(.closeSession) { _ in }
        end(nil)
    }

    func repliesArrived(_ replies: inout ReplyCursor) throws(WireError) {
        lastProgress = .now()
        while let reply = try replies.next() {
            guard reply.xid >= 0, !isOver else { continue }
            if reply.xid == 0 {
                // The answer to sync; the items may go now.
                guard reply.error == 0 else {
                    end(LoadError.preparation("sync was answered with the error \(reply.error)"))
                    continue
                }
                isOpen = true
                continue
            }
            guard head < tail, reply.xid == Int32(head + 1) else {
                throw WireError("the answer to \(reply.xid) came where that to \(head + 1) was due")
            }
            if let failure = handle(head, reply, head < everSent) { end(LoadError.preparation(failure)) }
            head += 1
        }
    }

    func readCompleted() { pump() }

    func disconnected(_ end: Disconnection) {
        connection = nil
        isOpen = false
        guard !isOver else { return }
        lastFailure = end.reason
        if end.isFinal { return self.end(LoadError.preparation(end.reason)) }
        everSent = max(everSent, tail)
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(attempts < endpoints.count ? 0 : 50)) {
            self.connect()
        }
    }

    private func end(_ error: (any Error)?) {
        guard !isOver else { return }
        isOver = true
        ticker?.cancel()
        ticker = nil
        connection?.close("the sweep is over")
        connection = nil
        if let error { promise?.fail(error) } else { promise?.succeed(()) }
        promise = nil
    }
}
