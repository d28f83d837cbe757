import NIOCore
import NIOPosix
import Wire

/// A ZooKeeper client: pipelined requests, pings, watches, and a session that moves to another server when its
/// connection breaks.
///
/// Requests are carried out in the order in which they are made from one task. A request whose connection breaks fails
/// with `ClientError.connectionLoss` and may or may not have been carried out; the client reconnects by itself. Once
/// the servers have given the session up, everything fails with `ClientError.sessionExpired`. Close it when done:
/// a client that is just dropped keeps its session alive.
public final class ZooKeeperClient: Sendable {
    /// Bounds and times of a client.
    public struct Configuration: Sendable, Hashable {
        /// Asked of the server, which may change it to between 2 and 20 of its ticks.
        public var sessionTimeout: TimeAmount
        /// How long `connect` tries all servers before it fails.
        public var connectTimeout: TimeAmount
        /// The most requests sent and not yet answered; further ones wait their turn.
        public var outstandingMax: Int
        /// The most requests that wait; further ones fail with `ClientError.tooManyWaiting`.
        public var waitingMax: Int
        /// Said to each server before anything else.
        public var credentials: [Credential]

        public init(
            sessionTimeout: TimeAmount = .seconds(10),
            connectTimeout: TimeAmount = .seconds(15),
            outstandingMax: Int = 1000,
            waitingMax: Int = 100_000,
            credentials: [Credential] = []
        ) {
            self.sessionTimeout = sessionTimeout
            self.connectTimeout = connectTimeout
            self.outstandingMax = outstandingMax
            self.waitingMax = waitingMax
            self.credentials = credentials
        }
    }

    /// What watches report, and changes of the session's state; the newest 4096 that were not taken yet. One consumer.
    public let events: AsyncStream<WatchEvent>
    private let core: ClientCore

    private init(core: ClientCore, events: AsyncStream<WatchEvent>) {
        self.core = core
        self.events = events
    }

    /// Connects to one of the servers and opens a session.
    ///
    /// - Parameter endpoints: `host:port` each; tried in this order.
    /// - Throws: `ClientError.badEndpoint`, `.unreachable` with what the last server answered.
    public static func connect(
        endpoints: [String],
        sessionTimeout: TimeAmount = .seconds(10),
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> ZooKeeperClient {
        try await connect(
            to: try endpoints.map { try Endpoint($0) },
            configuration: Configuration(sessionTimeout: sessionTimeout),
            eventLoopGroup: eventLoopGroup
        )
    }

    /// Connects to one of the servers and opens a session.
    ///
    /// - Throws: `ClientError.unreachable` with what the last server answered.
    public static func connect(
        to endpoints: [Endpoint],
        configuration: Configuration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> ZooKeeperClient {
        guard !endpoints.isEmpty else { throw ClientError.unreachable("no server is named") }
        let (events, continuation) = AsyncStream.makeStream(
            of: WatchEvent.self,
            bufferingPolicy: .bufferingNewest(4096)
        )
        let eventLoop = eventLoopGroup.any()
        let core = ClientCore(
            endpoints: endpoints,
            configuration: configuration,
            eventLoop: eventLoop,
            events: continuation
        )
        try await eventLoop.flatSubmit { core.start() }.get()
        return ZooKeeperClient(core: core, events: events)
    }

    /// The session's id, the server it is connected to (nil while it reconnects) and the negotiated timeout.
    public func session() async throws -> SessionState {
        let core = core
        return try await core.eventLoop.submit { core.state }.get()
    }

    /// Ends the session and closes the connection. Waiting requests fail with `ClientError.closed`.
    public func close() async {
        let core = core
        try? await core.eventLoop.flatSubmit { core.close() }.get()
    }

    /// Sends one request and returns the body of its answer.
    func call(
        _ op: OpCode,
        watch: WatchRequest? = nil,
        _ encode: (ByteWriter) -> Void
    ) async throws -> [UInt8] {
        let writer = ByteWriter(capacity: 256)
        writer.append(Int32(0))
        writer.append(Int32(0))
        writer.append(op.rawValue)
        encode(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        let request = PendingRequest(frame: Array(writer.bytes), watch: watch)
        let core = core
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                core.eventLoop.execute { core.submit(request, continuation) }
            }
        } onCancel: {
            core.eventLoop.execute { request.finish(.failure(CancellationError())) }
        }
    }
}

/// What a client knows of its session.
public struct SessionState: Hashable, Sendable {
    public var id: Int64
    /// Nil while there is no connection.
    public var endpoint: Endpoint?
    public var timeout: TimeAmount
    /// The newest zxid that an answer has carried.
    public var lastZxid: Int64
}
