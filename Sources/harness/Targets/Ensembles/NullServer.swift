import NIOCore
import NIOPosix
import Wire

/// A target that answers at once: clients' operations on znodes in memory, by one thread, without replication, log,
/// watches or sessions that expire. What the load generator does against it is the most that it can do here.
public final class NullServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    public let port: Int

    /// Serves on 127.0.0.1.
    ///
    /// - Parameter port: 0 lets the kernel choose.
    /// - Throws: `TargetError` if the port cannot be had.
    public static func start(port: Int) async throws -> NullServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let state = NullState()
        do {
            let channel = try await ServerBootstrap(group: group, childGroup: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 1024)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(NullConnection(state))
                    }
                }
                .bind(host: "127.0.0.1", port: port).get()
            return NullServer(group: group, channel: channel)
        } catch {
            try? await group.shutdownGracefully()
            throw TargetError("the null target cannot listen on 127.0.0.1:\(port): \(error)")
        }
    }

    private init(group: MultiThreadedEventLoopGroup, channel: any Channel) {
        self.group = group
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    /// Closes all connections and ends the thread.
    public func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }
}

/// Confined to the server's only event loop.
private final class NullState: @unchecked Sendable {
    let tree = NullTree()
    /// Epoch 1, as if a leader had been elected.
    private(set) var zxid: Int64 = 1 << 32
    private var sessions: Int64 = 0

    func nextZxid() -> Int64 {
        zxid &+= 1
        return zxid
    }

    /// Whether it has given such a session, or is asked for a new one.
    func knows(_ session: Int64) -> Bool { (0...sessions).contains(session) }

    func nextSession() -> Int64 {
        sessions += 1
        return sessions
    }
}

private final class NullConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let frameMax = 4 << 20

    private let state: NullState
    private var isConnected = false
    private var isOver = false
    /// The bytes of a frame that has not come in whole.
    private var carry = ByteBuffer()
    private let answers = ByteWriter(capacity: 64 << 10)

    init(_ state: NullState) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        var bytes = unwrapInboundIn(data)
        if carry.readableBytes > 0 {
            carry.writeBuffer(&bytes)
            swap(&carry, &bytes)
            carry.clear()
        }
        let taken = bytes.withUnsafeReadableBytes { frames($0) }
        bytes.moveReaderIndex(forwardBy: taken)
        if bytes.readableBytes > 0 { carry = bytes }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if answers.count > 0 {
            context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: answers.bytes)), promise: nil)
            answers.removeAll()
            context.flush()
        }
        if isOver { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// - Returns: how many bytes were whole frames.
    private func frames(_ bytes: UnsafeRawBufferPointer) -> Int {
        var frames = FrameCursor(bytes)
        while !isOver, let length = frames.length {
            guard length >= 0, length <= Self.frameMax else {
                // A four-letter word is no frame.
                if !isConnected, bytes[frames.offset...].starts(with: Telemetry.Word.monitor.rawValue.utf8) {
                    let report = [(Telemetry.MonitorKey.version, "null"), (.state, "standalone")]
                        .map { Telemetry.monitorLine($0.rawValue, $1) }.joined().utf8
                    Array(report).withUnsafeBytes { answers.append(bytes: $0) }
                }
                isOver = true
                break
            }
            guard let frame = frames.next() else { break }
            let start = answers.count
            answers.append(Int32(0))
            do throws(WireError) {
                if isConnected { try answer(frame) } else { try connect(frame) }
                answers.set(Int32(truncatingIfNeeded: answers.count - start - 4), at: start)
            } catch {
                answers.truncate(to: start)
                isOver = true
            }
        }
        return frames.offset
    }

    private func connect(_ frame: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(frame)
        let request = try ConnectRequest(from: &reader)
        isConnected = true
        // A session that was given once is there for ever.
        guard state.knows(request.sessionID) else {
            ConnectResponse.expired.answering(request.readOnly).encode(into: answers)
            isOver = true
            return
        }
        ConnectResponse(
            timeout: request.timeout,
            sessionID: request.sessionID == 0 ? state.nextSession() : request.sessionID,
            password: Array(repeating: 1, count: 16)
        ).answering(request.readOnly).encode(into: answers)
    }

    private func answer(_ frame: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(frame)
        let xid = try reader.int32()
        let op = OpCode(rawValue: try reader.int32())
        switch op {
        case .setData:
            let path = try reader.nonNullBuffer()
            let data = try reader.buffer()
            guard let place = state.tree.find(path) else { return header(xid, .noNode) }
            let expected = try reader.int32()
            guard expected == -1 || expected == state.tree.stat(place).version else {
                return header(xid, .badVersion)
            }
            state.tree.set(place, data, zxid: state.nextZxid())
            header(xid)
            state.tree.stat(place).encode(into: answers)
        case .getData, .exists:
            guard let place = state.tree.find(try reader.nonNullBuffer()) else { return header(xid, .noNode) }
            header(xid)
            if op == .getData { answers.append(buffer: state.tree.data(place)) }
            state.tree.stat(place).encode(into: answers)
        case .create:
            let path = try reader.nonNullBuffer()
            let data = try reader.buffer()
            _ = try ACL.decodeList(from: &reader)
            guard try reader.int32() == CreateMode.persistent.rawValue else { return header(xid, .unimplemented) }
            if let problem = state.tree.create(path, data: data, zxid: state.zxid + 1) { return header(xid, problem) }
            _ = state.nextZxid()
            header(xid)
            answers.append(buffer: path)
        case .delete:
            if let problem = state.tree.delete(try reader.nonNullBuffer(), zxid: state.zxid + 1) {
                return header(xid, problem)
            }
            _ = state.nextZxid()
            header(xid)
        case .sync:
            let path = try reader.nonNullBuffer()
            header(xid)
            answers.append(buffer: path)
        case .multi: try transaction(xid, &reader)
        case .ping: header(ReservedXid.ping)
        // They would never fire.
        case .setWatches: header(xid)
        case .closeSession:
            header(xid)
            isOver = true
        default: header(xid, .unimplemented)
        }
    }

    /// Several setData, all or none of them; no other part is known.
    private func transaction(_ xid: Int32, _ reader: inout ByteReader) throws(WireError) {
        var failure: ErrorCode?
        var found = reader
        while let part = try TransactionPart(from: &found) {
            guard part.op == .setData else { return header(xid, .unimplemented) }
            guard let place = state.tree.find(part.path) else {
                failure = failure ?? .noNode
                continue
            }
            if part.version != -1, part.version != state.tree.stat(place).version { failure = failure ?? .badVersion }
        }
        // As of a setData alone, the header has the zxid of what was just done.
        let zxid = failure == nil ? state.nextZxid() : state.zxid
        header(xid)
        while let part = try TransactionPart(from: &reader) {
            if let failure {
                TransactionPart.appendHeader(type: -1, isDone: false, error: failure.rawValue, to: answers)
                answers.append(failure.rawValue)
            } else if let place = state.tree.find(part.path) {
                state.tree.set(place, part.data, zxid: zxid)
                TransactionPart.appendHeader(type: OpCode.setData.rawValue, isDone: false, error: 0, to: answers)
                state.tree.stat(place).encode(into: answers)
            }
        }
        TransactionPart.appendHeader(type: -1, isDone: true, error: -1, to: answers)
    }

    @inline(__always)
    private func header(_ xid: Int32, _ error: ErrorCode = .ok) {
        answers.append(xid)
        answers.append(state.zxid)
        answers.append(error.rawValue)
    }
}

/// One part of a multi.
private struct TransactionPart {
    var op: OpCode?
    var path: UnsafeRawBufferPointer
    var data: UnsafeRawBufferPointer?
    var version: Int32

    /// Nil at the end.
    init?(from reader: inout ByteReader) throws(WireError) {
        let type = try reader.int32()
        let isDone = try reader.bool()
        _ = try reader.int32()
        guard !isDone else { return nil }
        op = OpCode(rawValue: type)
        path = UnsafeRawBufferPointer(start: nil, count: 0)
        version = -1
        guard op == .setData else { return }
        path = try reader.nonNullBuffer()
        data = try reader.buffer()
        version = try reader.int32()
    }

    static func appendHeader(type: Int32, isDone: Bool, error: Int32, to writer: ByteWriter) {
        writer.append(type)
        writer.append(isDone)
        writer.append(error)
    }
}
