import NIOCore
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Client

@Suite(.timeLimit(.minutes(1))) struct ZooKeeperClientTests {
    typealias Action = ScriptedServer.Action

    private static func stat(version: Int32, mzxid: Int64 = 9) -> Stat {
        var stat = Stat()
        stat.version = version
        stat.mzxid = mzxid
        stat.dataLength = 2
        return stat
    }

    /// Answers every operation with success; what is asked can be told from the answer.
    private static func answer(_ frame: ScriptedServer.Frame) -> [Action] {
        switch frame.op {
        case .create: [.send(ScriptedServer.reply(frame.xid) { $0.append(string: frame.path + "0000000001") })]
        case .setData: [.send(ScriptedServer.reply(frame.xid) { stat(version: 4).encode(into: $0) })]
        case .exists: [.send(ScriptedServer.reply(frame.xid, error: .noNode))]
        case .getData:
            [
                .send(
                    ScriptedServer.reply(frame.xid) { writer in
                        writer.append(string: "hi")
                        stat(version: 3).encode(into: writer)
                    }
                )
            ]
        case .getChildren, .getChildren2:
            [
                .send(
                    ScriptedServer.reply(frame.xid) { writer in
                        writer.append(Int32(2))
                        writer.append(string: "x")
                        writer.append(string: "y")
                        if frame.op == .getChildren2 { stat(version: 1).encode(into: writer) }
                    }
                )
            ]
        case .sync: [.send(ScriptedServer.reply(frame.xid) { $0.append(string: frame.path) })]
        case .closeSession: [.send(ScriptedServer.reply(frame.xid)), .close]
        case .ping: [.send(ScriptedServer.reply(ReservedXid.ping))]
        default: [.send(ScriptedServer.reply(frame.xid, error: .badVersion))]
        }
    }

    @Test(arguments: [Int.max, 3])
    func everyOperationGetsItsAnswer(chunk: Int) async throws {
        let frames = Collector<[UInt8]>()
        let server = try await ScriptedServer.start(chunk: chunk) { frame in
            frames.add(frame.bytes)
            return frame.place == 0 ? [.send(ScriptedServer.session(77))] : Self.answer(frame)
        }
        let client = try await ZooKeeperClient.connect(endpoints: [server.endpoint.description])
        #expect(try await client.create("/a", data: [1, 2], mode: .ephemeralSequential) == "/a0000000001")
        #expect(try await client.getData("/a").data == Array("hi".utf8))
        #expect(try await client.getData("/a").stat.version == 3)
        #expect(try await client.setData("/a", data: [], version: 3).version == 4)
        #expect(try await client.exists("/a") == nil)
        #expect(try await client.getChildren("/") == ["x", "y"])
        #expect(try await client.getChildren2("/").stat.version == 1)
        try await client.sync("/")
        await #expect(throws: ClientError.server(.badVersion)) { try await client.delete("/a", version: 1) }
        let state = try await client.session()
        #expect(state.id == 77)
        #expect(state.endpoint == server.endpoint)
        #expect(state.timeout == .milliseconds(60_000))
        await client.close()
        await #expect(throws: ClientError.closed) { try await client.sync() }
        let expectedCreate: [UInt8] =
            [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0x2f, 0x61, 0, 0, 0, 2, 1, 2]
            + [0, 0, 0, 1, 0, 0, 0, 31, 0, 0, 0, 5] + Array("world".utf8) + [0, 0, 0, 6] + Array("anyone".utf8)
            + [0, 0, 0, 3]
        let all = frames.all
        #expect(all[1] == expectedCreate)
        #expect(all[2] == [0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 2, 0x2f, 0x61, 0])
        #expect(all[4] == [0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 2, 0x2f, 0x61, 0, 0, 0, 0, 0, 0, 0, 3])
        #expect(all.last == [0, 0, 0, 10, 255, 255, 255, 245])
        await server.stop()
    }

    @Test func aBrokenConnectionFailsWhatWasSentAndMovesTheSession() async throws {
        let second = try await ScriptedServer.start { frame in
            guard frame.place == 0 else { return Self.answer(frame) }
            // The session and the newest zxid that the first server has shown come along.
            guard let request = frame.connectRequest, request.sessionID == 5, request.lastZxidSeen == 42,
                request.password == Array(repeating: 7, count: 16)
            else { return [.send(ScriptedServer.session(0, timeout: 0)), .close] }
            return [.send(ScriptedServer.session(5))]
        }
        let first = try await ScriptedServer.start { frame in
            switch (frame.connection, frame.place, frame.op) {
            case (0, 0, _): [.send(ScriptedServer.session(5))]
            case (0, _, .sync): [.send(ScriptedServer.reply(frame.xid, zxid: 42) { $0.append(string: "/") })]
            default: [.close]
            }
        }
        let client = try await ZooKeeperClient.connect(to: [first.endpoint, second.endpoint], configuration: .init())
        try await client.sync("/")
        await #expect(throws: ClientError.connectionLoss) { try await client.setData("/a", data: []) }
        #expect(try await client.setData("/a", data: []).version == 4)
        #expect(try await client.session().endpoint == second.endpoint)
        #expect(try await client.session().id == 5)
        await client.close()
        var states: [WatchEvent.State] = []
        for await event in client.events { states.append(event.state) }
        #expect(states == [.connected, .disconnected, .connected, .closed])
        await first.stop()
        await second.stop()
    }

    @Test func anExpiredSessionFailsEverything() async throws {
        let server = try await ScriptedServer.start { frame in
            switch (frame.connection, frame.place) {
            case (0, 0): [.send(ScriptedServer.session(5))]
            case (0, _): [.close]
            default: [.send(ScriptedServer.session(0, timeout: 0)), .close]
            }
        }
        let client = try await ZooKeeperClient.connect(to: [server.endpoint], configuration: .init())
        await #expect(throws: ClientError.connectionLoss) { try await client.sync() }
        await #expect(throws: ClientError.sessionExpired) { try await client.sync() }
        await #expect(throws: ClientError.sessionExpired) { try await client.sync() }
        var states: [WatchEvent.State] = []
        for await event in client.events { states.append(event.state) }
        #expect(states == [.connected, .disconnected, .expired])
        await server.stop()
    }

    @Test func watchesFireAndAreSetAgainElsewhere() async throws {
        let frames = Collector<[UInt8]>()
        let server = try await ScriptedServer.start { frame in
            if frame.place == 0 { return [.send(ScriptedServer.session(5))] }
            frames.add(frame.bytes)
            let event = ScriptedServer.reply(ReservedXid.watchEvent, zxid: -1) { writer in
                writer.append(Int32(3))
                writer.append(Int32(3))
                writer.append(string: "/w")
            }
            switch frame.op {
            case .getData: return Self.answer(frame)
            case .setWatches: return [.send(ScriptedServer.reply(ReservedXid.setWatches)), .send(event)]
            case .sync: return [.close]
            default: return Self.answer(frame)
            }
        }
        let client = try await ZooKeeperClient.connect(to: [server.endpoint], configuration: .init())
        _ = try await client.getData("/w", watch: true)
        await #expect(throws: ClientError.connectionLoss) { try await client.sync() }
        var events = client.events.makeAsyncIterator()
        var seen: [WatchEvent] = []
        while seen.last?.kind != .dataChanged, let event = await events.next() { seen.append(event) }
        #expect(seen.last == WatchEvent(kind: .dataChanged, state: .connected, path: "/w"))
        #expect(frames.all.contains { $0.starts(with: [255, 255, 255, 248, 0, 0, 0, 101]) })
        await client.close()
        await server.stop()
    }

    @Test func outstandingRequestsAreBounded() async throws {
        let most = Mutex(0)
        let held = Mutex<[Int32]>([])
        // Answers only when the bound is reached or a ping says that nothing more comes: the whole bound at once.
        let server = try await ScriptedServer.start { frame in
            if frame.place == 0 { return [.send(ScriptedServer.session(5, timeout: 6000))] }
            if frame.op == .sync { held.withLock { $0.append(frame.xid) } }
            let waiting = held.withLock { $0.count }
            most.withLock { $0 = max($0, waiting) }
            guard waiting == 4 || frame.op == .ping || frame.op == .closeSession else { return [] }
            let answers = held.withLock { xids in
                defer { xids = [] }
                return xids.map { xid in Action.send(ScriptedServer.reply(xid) { $0.append(string: "/") }) }
            }
            return answers + (frame.op == .sync ? [] : Self.answer(frame))
        }
        let client = try await ZooKeeperClient.connect(
            to: [server.endpoint],
            configuration: .init(outstandingMax: 4)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await client.sync() } }
            try await group.waitForAll()
        }
        #expect(most.withLock { $0 } == 4)
        await client.close()
        await server.stop()
    }

    @Test func aServerThatBreaksTheProtocolCostsTheConnection() async throws {
        let server = try await ScriptedServer.start { frame in
            if frame.place == 0 { return [.send(ScriptedServer.session(5))] }
            if frame.connection == 0 { return [.send(ScriptedServer.reply(frame.xid + 1))] }
            return Self.answer(frame)
        }
        let client = try await ZooKeeperClient.connect(to: [server.endpoint], configuration: .init())
        await #expect(throws: ClientError.connectionLoss) { try await client.sync() }
        try await client.sync()
        await client.close()
        await server.stop()
    }

    @Test func nobodyThereIsSaid() async throws {
        let server = try await ScriptedServer.start { _ in [.close] }
        let configuration = ZooKeeperClient.Configuration(connectTimeout: .milliseconds(1500))
        do {
            _ = try await ZooKeeperClient.connect(to: [server.endpoint], configuration: configuration)
            Issue.record("a session without a server")
        } catch ClientError.unreachable(let text) {
            #expect(text.contains("closed the connection"))
        }
        await server.stop()
        await #expect(throws: ClientError.self) {
            try await ZooKeeperClient.connect(to: [server.endpoint], configuration: configuration)
        }
    }

    @Test func fourLetterWordsReturnAllThatComes() async throws {
        let server = try await ScriptedServer.start(chunk: 5) { frame in
            [.send(Array("zk_version\t3.8\n\(String(decoding: frame.bytes, as: UTF8.self))".utf8)), .close]
        }
        #expect(try await fourLetterWord("mntr", server.endpoint) == "zk_version\t3.8\nmntr")
        await server.stop()
        await #expect(throws: ClientError.self) { try await fourLetterWord("mntr", server.endpoint) }
    }
}
