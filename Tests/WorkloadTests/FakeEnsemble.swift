import Client
import NIOCore
import NIOPosix
import Wire

@testable import Workload

/// An ensemble in memory, with servers that lie when a test tells them to. Each server has a tree of its own; a write
/// is carried out on all of them at once. Everything runs on one event loop.
final class FakeEnsemble: @unchecked Sendable {
    struct Znode {
        var data: [UInt8]
        var version: Int32 = 0
        var mzxid: Int64
        var children: Int32 = 0
    }

    /// What becomes of one write.
    struct Fate {
        /// Which servers carry it out.
        var appliedOn: Set<Int>
        /// Whether the client hears of it; otherwise its connection breaks.
        var isAnswered = true
        /// Neither answers nor breaks.
        var isSilent = false
        /// Added to what the Stat of the answer says.
        var versionShift: Int32 = 0
        var mzxidShift: Int64 = 0
        /// Swallows the write now and carries it out after the next one.
        var isLate = false
        var error: ErrorCode = .ok
        /// Answered with an error, and carried out.
        var isDoneAllTheSame = false
        /// Of a transaction, how many parts are carried out; nil for all.
        var partsApplied: Int?
        /// Whether each part of a transaction says another mzxid.
        var isSplit = false
    }

    /// A write as the fate's judge sees it.
    struct Write {
        /// From 1, over all sessions.
        var number: Int
        var op: OpCode
        var path: String
        var data: [UInt8]
    }

    typealias Judge = (_ write: Write, _ everywhere: Fate) -> Fate

    private(set) var endpoints: [Endpoint] = []
    let eventLoop: any EventLoop
    private var channels: [any Channel] = []
    private var trees: [[String: Znode]]
    private var judge: Judge
    private var zxid: Int64 = 0x1_0000_0000
    private var writes = 0
    private var nextSession: Int64 = 1
    private var sessions: Set<Int64> = []
    private var held: [() -> Void] = []
    /// Who left a watch on a path.
    private var watchers: [String: [FakeConnection]] = [:]
    private var connections: [FakeConnection] = []
    /// Requests answered so far.
    private(set) var requests = 0
    /// When to break a connection: called for each request with its number; the sessions end too on `.expire`.
    private var breaking: (Int) -> Breaking = { _ in .none }

    /// Fulfilled when `writesEnough` writes have come, or the ensemble stops.
    private let enough: EventLoopPromise<Void>
    private let writesEnough: Int
    private var isEnough = false

    fileprivate struct Silent: Error {}

    enum Breaking { case none, close, expire }

    static func start(
        servers: Int = 3,
        group: any EventLoopGroup,
        writesEnough: Int = 500,
        judge: @escaping @Sendable (Write, Fate) -> Fate = { _, everywhere in everywhere },
        breaking: @escaping @Sendable (Int) -> Breaking = { _ in .none }
    ) async throws -> FakeEnsemble {
        let ensemble = FakeEnsemble(
            servers: servers,
            eventLoop: group.next(),
            writesEnough: writesEnough,
            judge: judge
        )
        ensemble.breaking = breaking
        for server in 0..<servers {
            let channel = try await ServerBootstrap(group: ensemble.eventLoop, childGroup: ensemble.eventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = FakeConnection(ensemble: ensemble, server: server)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            ensemble.channels.append(channel)
            ensemble.endpoints.append(Endpoint(host: "127.0.0.1", port: channel.localAddress!.port!))
        }
        return ensemble
    }

    private init(servers: Int, eventLoop: any EventLoop, writesEnough: Int, judge: @escaping Judge) {
        enough = eventLoop.makePromise(of: Void.self)
        self.writesEnough = writesEnough
        trees = Array(repeating: ["/": Znode(data: [], mzxid: 0)], count: servers)
        self.eventLoop = eventLoop
        self.judge = judge
    }

    /// Stops a server from accepting; open connections stay.
    func stop(_ server: Int) async { try? await channels[server].close() }

    func stop() async {
        for server in channels.indices { await stop(server) }
        try? await eventLoop.submit { self.noteEnough() }.get()
    }

    private func noteEnough() {
        guard !isEnough else { return }
        isEnough = true
        enough.succeed(())
    }

    /// Runs the load until enough writes have come, and then cancels it; no clock decides how much is written.
    ///
    /// - Parameter loops: of the generator.
    func load(
        _ plan: LoadPlan,
        leader: Endpoint? = nil,
        turn: LoadTurn? = nil,
        loops: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> LoadResult {
        let endpoints = endpoints
        let load = Task {
            try await LoadGenerator.run(
                plan: plan,
                endpoints: endpoints,
                leader: leader,
                eventLoopGroup: loops,
                turn: turn,
                progress: { _ in }
            )
        }
        enough.futureResult.whenComplete { _ in load.cancel() }
        return try await load.value
    }

    /// The same on several, each a shard, until all of them have had enough.
    static func load(_ plan: LoadPlan, on shards: [FakeEnsemble]) async throws -> LoadResult {
        let servers = shards.map { LoadServers(endpoints: $0.endpoints) }
        let load = Task {
            try await LoadGenerator.run(
                plan: plan,
                on: servers,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                progress: { _ in }
            )
        }
        let enough = shards.map(\.enough.futureResult)
        EventLoopFuture.andAllComplete(enough, on: shards[0].eventLoop).whenComplete { _ in load.cancel() }
        return try await load.value
    }

    /// Breaks every connection; the sessions live on, unless they are to expire.
    func breakConnections(expiring: Bool = false) async throws {
        try await eventLoop.submit {
            if expiring { self.sessions = [] }
            for connection in self.connections { connection.close() }
            self.connections = []
            self.watchers = [:]
        }.get()
    }

    fileprivate func opened(_ connection: FakeConnection) { connections.append(connection) }

    /// Changes a server's tree behind everybody's back.
    func tamper(_ server: Int, _ body: @escaping @Sendable (inout [String: Znode]) -> Void) async throws {
        try await eventLoop.submit { body(&self.trees[server]) }.get()
    }

    func paths(_ server: Int) async throws -> [String] {
        try await eventLoop.submit { self.trees[server].keys.sorted() }.get()
    }

    // MARK: Sessions

    fileprivate func connect(_ request: ConnectRequest) -> ConnectResponse {
        if request.sessionID != 0, !sessions.contains(request.sessionID) { return .expired }
        let id = request.sessionID == 0 ? nextSession : request.sessionID
        if request.sessionID == 0 { nextSession += 1 }
        sessions.insert(id)
        return ConnectResponse(timeout: request.timeout, sessionID: id, password: Array(repeating: 1, count: 16))
    }

    fileprivate func fate(ofRequest session: Int64) -> Breaking {
        requests += 1
        let fate = breaking(requests)
        if case .expire = fate { sessions.remove(session) }
        return fate
    }

    // MARK: Requests

    /// Carries out one request; returns the answer, or nil if the connection is to break.
    fileprivate func perform(
        server: Int,
        xid: Int32,
        op: OpCode,
        reader: inout ByteReader,
        connection: FakeConnection,
        into answer: ByteWriter
    ) throws -> Bool {
        if op == .setWatches {
            try setWatches(server: server, reader: &reader, connection: connection)
            Self.header(ReservedXid.setWatches, zxid, .ok, answer)
            return true
        }
        if op == .multi { return try transaction(server: server, xid: xid, reader: &reader, into: answer) }
        let path = op == .ping || op == .closeSession ? "" : try reader.string()
        switch op {
        case .ping, .closeSession, .sync:
            Self.header(op == .ping ? ReservedXid.ping : xid, zxid, .ok, answer)
            if op == .sync { answer.append(string: path) }
        case .getData, .exists:
            guard let znode = trees[server][path] else {
                Self.header(xid, zxid, .noNode, answer)
                break
            }
            if try reader.bool() { watchers[path, default: []].append(connection) }
            Self.header(xid, zxid, .ok, answer)
            if op == .getData { znode.data.withUnsafeBytes { answer.append(buffer: $0) } }
            Self.stat(znode).encode(into: answer)
        case .create, .setData, .delete:
            return try write(server: server, xid: xid, op: op, path: path, reader: &reader, into: answer)
        default:
            Self.header(xid, zxid, .unimplemented, answer)
        }
        return true
    }

    private func write(
        server: Int,
        xid: Int32,
        op: OpCode,
        path: String,
        reader: inout ByteReader,
        into answer: ByteWriter
    ) throws -> Bool {
        writes += 1
        if writes == writesEnough { noteEnough() }
        let data = op == .delete ? [] : try reader.buffer().map(Array.init) ?? []
        var fate = judge(
            Write(number: writes, op: op, path: path, data: data),
            Fate(appliedOn: Set(trees.indices))
        )
        if fate.error == .ok, let error = refusal(op, path, on: server) { fate.error = error }
        guard fate.error == .ok else {
            if fate.isDoneAllTheSame {
                zxid += 1
                apply(op, path, data, zxid, on: fate.appliedOn)
            }
            Self.header(xid, zxid, fate.error, answer)
            return fate.isAnswered
        }
        zxid += 1
        let ours = zxid
        let apply = { self.apply(op, path, data, ours, on: fate.appliedOn) }
        var expected = trees[server][path] ?? Znode(data: data, version: -1, mzxid: ours)
        expected.version += 1
        expected.mzxid = ours
        if fate.isLate {
            held.append(apply)
        } else {
            apply()
            for late in held { late() }
            held = []
        }
        guard fate.isAnswered else { return false }
        if fate.isSilent { throw Silent() }
        Self.header(xid, zxid, .ok, answer)
        var stat = Self.stat(expected)
        stat.version += fate.versionShift
        stat.mzxid += fate.mzxidShift
        if op == .create { answer.append(string: path) }
        if op == .setData { stat.encode(into: answer) }
        return true
    }

    /// Several setData as one write.
    private func transaction(
        server: Int,
        xid: Int32,
        reader: inout ByteReader,
        into answer: ByteWriter
    ) throws -> Bool {
        var parts: [(path: String, data: [UInt8])] = []
        while try MultiHeader(from: &reader).type == OpCode.setData.rawValue {
            parts.append((try reader.string(), try reader.buffer().map(Array.init) ?? []))
            _ = try reader.int32()
        }
        writes += 1
        if writes == writesEnough { noteEnough() }
        let fate = judge(
            Write(number: writes, op: .multi, path: parts[0].path, data: parts[0].data),
            Fate(appliedOn: Set(trees.indices))
        )
        guard fate.error == .ok else {
            Self.header(xid, zxid, .ok, answer)
            for _ in parts {
                MultiHeader(type: -1, isDone: false, error: fate.error.rawValue).encode(into: answer)
                answer.append(fate.error.rawValue)
            }
            MultiHeader.end.encode(into: answer)
            return fate.isAnswered
        }
        zxid += 1
        let before = parts.map { trees[server][$0.path] ?? Znode(data: [], mzxid: 0) }
        for part in parts.prefix(fate.partsApplied ?? .max) {
            apply(.setData, part.path, part.data, zxid, on: fate.appliedOn)
        }
        guard fate.isAnswered else { return false }
        Self.header(xid, zxid, .ok, answer)
        for (index, znode) in before.enumerated() {
            MultiHeader(type: OpCode.setData.rawValue, isDone: false, error: 0).encode(into: answer)
            var stat = Self.stat(znode)
            stat.version += 1 + fate.versionShift
            stat.mzxid = zxid + fate.mzxidShift + (fate.isSplit ? Int64(index) : 0)
            stat.encode(into: answer)
        }
        if fate.isSplit { zxid += Int64(parts.count) }
        MultiHeader.end.encode(into: answer)
        return true
    }

    /// Watches on data alone; one whose znode has changed since fires at once.
    private func setWatches(server: Int, reader: inout ByteReader, connection: FakeConnection) throws {
        let since = try reader.int64()
        for _ in 0..<(try reader.vectorCount(minimumSize: 4) ?? 0) {
            let path = try reader.string()
            if let znode = trees[server][path], znode.mzxid > since {
                connection.tell(path)
            } else {
                watchers[path, default: []].append(connection)
            }
        }
    }

    private func refusal(_ op: OpCode, _ path: String, on server: Int) -> ErrorCode? {
        let exists = trees[server][path] != nil
        return op == .create ? (exists ? .nodeExists : nil) : (exists ? nil : .noNode)
    }

    private func apply(_ op: OpCode, _ path: String, _ data: [UInt8], _ zxid: Int64, on servers: Set<Int>) {
        let slash = path.lastIndex(of: "/")!
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        for server in servers {
            switch op {
            case .create:
                trees[server][path] = Znode(data: data, mzxid: zxid)
                trees[server][parent]?.children += 1
            case .delete:
                if trees[server].removeValue(forKey: path) != nil { trees[server][parent]?.children -= 1 }
            default:
                trees[server][path]?.data = data
                trees[server][path]?.version += 1
                trees[server][path]?.mzxid = zxid
            }
        }
        for watcher in watchers.removeValue(forKey: path) ?? [] { watcher.tell(path) }
    }

    private static func header(_ xid: Int32, _ zxid: Int64, _ error: ErrorCode, _ answer: ByteWriter) {
        answer.append(xid)
        answer.append(zxid)
        answer.append(error.rawValue)
    }

    private static func stat(_ znode: Znode) -> Stat {
        var stat = Stat()
        stat.version = znode.version
        stat.mzxid = znode.mzxid
        stat.dataLength = Int32(znode.data.count)
        stat.numChildren = znode.children
        return stat
    }
}

private final class FakeConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let ensemble: FakeEnsemble
    private let server: Int
    private var session: Int64?
    private var isClosed = false
    private var bytes = ByteBuffer()
    private var context: ChannelHandlerContext?

    init(ensemble: FakeEnsemble, server: Int) {
        self.ensemble = ensemble
        self.server = server
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        ensemble.opened(self)
    }

    func channelInactive(context: ChannelHandlerContext) { self.context = nil }

    func close() { context?.close(promise: nil) }

    /// A watch on the path fires.
    func tell(_ path: String) {
        let event = ByteWriter(capacity: 128)
        event.append(Int32(0))
        event.append(ReservedXid.watchEvent)
        event.append(Int64(-1))
        event.append(Int32(0))
        event.append(Int32(3))
        event.append(Int32(3))
        event.append(string: path)
        event.set(Int32(event.count - 4), at: 0)
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: event.bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        bytes.writeBuffer(&incoming)
        let answers = ByteWriter(capacity: 64 << 10)
        while !isClosed, let length = bytes.getInteger(at: bytes.readerIndex, as: Int32.self),
            bytes.readableBytes >= 4 + Int(length)
        {
            bytes.moveReaderIndex(forwardBy: 4)
            let frame = bytes.readSlice(length: Int(length))!
            frame.withUnsafeReadableBytes { handle($0, into: answers) }
        }
        if answers.count > 0 {
            context.write(wrapOutboundOut(ByteBuffer(bytes: answers.bytes)), promise: nil)
            context.flush()
        }
        if isClosed { context.close(promise: nil) }
    }

    private func handle(_ frame: UnsafeRawBufferPointer, into answers: ByteWriter) {
        var reader = ByteReader(frame)
        let start = answers.count
        answers.append(Int32(0))
        do {
            guard session != nil else {
                let response = ensemble.connect(try ConnectRequest(from: &reader))
                session = response.sessionID
                response.encode(into: answers)
                answers.set(Int32(answers.count - start - 4), at: start)
                return
            }
            let xid = try reader.int32()
            guard let op = OpCode(rawValue: try reader.int32()) else { throw WireError("an unknown operation") }
            if ensemble.fate(ofRequest: session!) != .none { throw WireError("broken by the test") }
            guard
                try ensemble.perform(
                    server: server,
                    xid: xid,
                    op: op,
                    reader: &reader,
                    connection: self,
                    into: answers
                )
            else {
                throw WireError("no answer")
            }
            answers.set(Int32(answers.count - start - 4), at: start)
        } catch {
            answers.truncate(to: start)
            isClosed = !(error is FakeEnsemble.Silent)
        }
    }
}
