import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Wire

@testable import Client

/// A server that does what a test's script says: one call per frame, which returns what to do. Listens on a free port
/// of the loopback.
final class ScriptedServer: Sendable {
    enum Action {
        /// Bytes as they go onto the wire, length included.
        case send([UInt8])
        case close
    }

    /// A frame without its length, and what is known of its connection.
    struct Frame {
        /// 0 for the server's first connection.
        var connection: Int
        /// 0 for the connection's first frame, the connect request.
        var place: Int
        var bytes: [UInt8]

        var xid: Int32 { integer(at: 0) }
        var op: OpCode? { OpCode(rawValue: integer(at: 4)) }
        /// Behind the header.
        var body: [UInt8] { Array(bytes.dropFirst(8)) }

        private func integer(at offset: Int) -> Int32 {
            bytes.withUnsafeBytes { Int32(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: Int32.self)) }
        }

        /// The first string of the body.
        var path: String {
            body.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                return (try? reader.string()) ?? ""
            }
        }

        var connectRequest: ConnectRequest? {
            bytes.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                return try? ConnectRequest(from: &reader)
            }
        }
    }

    typealias Script = @Sendable (Frame) -> [Action]

    let endpoint: Endpoint
    private let channel: any Channel

    /// - Parameter chunk: how many bytes go into one write; answers then arrive in pieces.
    static func start(chunk: Int = .max, script: @escaping Script) async throws -> ScriptedServer {
        let connections = ConnectionCounter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ScriptHandler(connection: connections.next(), chunk: chunk, script: script)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedServer(channel)
    }

    private init(_ channel: any Channel) {
        self.channel = channel
        endpoint = Endpoint(host: "127.0.0.1", port: channel.localAddress!.port!)
    }

    func stop() async { try? await channel.close() }

    // MARK: Frames

    static func session(_ id: Int64, timeout: Int32 = 60_000) -> [UInt8] {
        RawFrame.make {
            ConnectResponse(timeout: timeout, sessionID: id, password: Array(repeating: 7, count: 16)).encode(into: $0)
        }
    }

    static func reply(
        _ xid: Int32,
        zxid: Int64 = 1,
        error: ErrorCode = .ok,
        _ body: (ByteWriter) -> Void = { _ in }
    ) -> [UInt8] {
        RawFrame.make { writer in
            writer.append(xid)
            writer.append(zxid)
            writer.append(error.rawValue)
            body(writer)
        }
    }
}

/// Connections may be accepted on several loops.
private final class ConnectionCounter: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count - 1
        }
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let chunk: Int
    private let script: ScriptedServer.Script
    private var place = 0
    private var bytes = ByteBuffer()

    init(connection: Int, chunk: Int, script: @escaping ScriptedServer.Script) {
        self.connection = connection
        self.chunk = chunk
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        bytes.writeBuffer(&incoming)
        while let length = bytes.getInteger(at: bytes.readerIndex, as: Int32.self) {
            // A four-letter word reads as an absurd length.
            let isWord = length > 1 << 24
            guard isWord || bytes.readableBytes >= 4 + Int(length) else { return }
            if !isWord { bytes.moveReaderIndex(forwardBy: 4) }
            let frame = bytes.readBytes(length: isWord ? 4 : Int(length))!
            let actions = script(ScriptedServer.Frame(connection: connection, place: place, bytes: frame))
            place += 1
            for action in actions {
                switch action {
                case .send(let answer): send(answer, context)
                case .close: context.close(promise: nil)
                }
            }
        }
    }

    private func send(_ answer: [UInt8], _ context: ChannelHandlerContext) {
        var rest = answer[...]
        while !rest.isEmpty {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: rest.prefix(chunk))), promise: nil)
            rest = rest.dropFirst(chunk)
        }
    }
}
