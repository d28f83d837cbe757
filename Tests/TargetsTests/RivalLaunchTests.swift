import Client
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Workload

@testable import Targets

/// Servers that a workload starts by a command of its own.
@Suite struct RivalLaunchTests {
    private let folder = TemporaryFolder()
    private static let ports = [1, 2, 3].map { ServerPorts(client: 10 * $0, peer: 10 * $0 + 1, election: 10 * $0 + 2) }

    private func rival(_ command: String) throws -> PlannedRival {
        PlannedRival(name: "keeper", command: try RivalCommand(command))
    }

    private func launch(_ command: String = "/bin/sh {config}") throws -> RivalLaunch {
        try RivalLaunch(rival(command), settings: ServerSettings(tickTimeMilliseconds: 500), size: 3)
    }

    @Test func eachServerIsToldItsOwn() throws {
        let launch = try launch(
            "/bin/sh {id}/{size} {client_port}:{peer_port}:{election_port} {data} {log} {config} {servers}"
        )
        let server = ServerFolder(id: 2, in: folder.path)
        try launch.prepare(server, ports: Self.ports)
        let command = launch.command(for: server)
        let own = "\(folder.path)/server2"
        #expect(command.program == "/bin/sh")
        #expect(
            command.arguments == [
                "2/3", "20:21:22", "\(own)/data", "\(own)/log", "\(own)/zoo.cfg",
                "1=127.0.0.1:11:12,2=127.0.0.1:21:22,3=127.0.0.1:31:32",
            ]
        )
        #expect(folder.names(in: "server2/data") == ["myid"] && folder.names(in: "server2/log").isEmpty)
        let text = String(decoding: try folder.read("server2/zoo.cfg"), as: UTF8.self)
        #expect(text.contains("tickTime=500\n") && text.contains("clientPort=20\n"))
        #expect(text.contains("server.3=127.0.0.1:31:32\n") && !text.contains("dataLogDir"))
    }

    @Test func aProgramIsFoundOnThePathOrByItsOwn() throws {
        try folder.write("#!/bin/sh\n".utf8, "keeper")
        let path = folder.path(of: "keeper")
        let found = { (command: String) in
            try RivalLaunch.program(of: rival(command), environment: ["PATH": "/nowhere:\(folder.path)"])
        }
        #expect { _ = try found("keeper {config}") } throws: { "\($0)" == "keeper is not there: no keeper on the PATH" }
        #expect { _ = try found("\(path) {config}") } throws: {
            "\($0)" == "keeper is not there: \(path) cannot be executed"
        }
        // A folder may be "executed", too, and is no program.
        try folder.make("bin/keeper")
        let inside = folder.path(of: "bin/keeper")
        #expect { _ = try found("\(inside) {config}") } throws: {
            "\($0)" == "keeper is not there: \(inside) is a folder"
        }
        #expect {
            _ = try RivalLaunch.program(of: rival("keeper {config}"), environment: ["PATH": folder.path(of: "bin")])
        } throws: { "\($0)" == "keeper is not there: no keeper on the PATH" }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        #expect(try found("keeper {config}") == path && found("\(path) {config}") == path)
    }

    // MARK: What its servers say

    private static let summary = "Zookeeper version: Keeper 24.3, built\nMode: follower\nNode count: 3\n"
    private static let monitor = "zk_version\tKeeper 24.3\nzk_server_state\tleader\n"
    private static let refusal = "mntr is not executed because it is not in the whitelist.\n"

    private func report(_ words: [String: String], accepts: Bool = true) async throws -> (
        MonitorReport?, asked: [String]
    ) {
        let server = try await WordServer(words, acceptsSessions: accepts)
        let launch = try launch()
        let first = await launch.report(of: server.endpoint)
        // What it answers once is what it is asked the next time.
        let second = await launch.report(of: server.endpoint)
        #expect(first == second)
        try await server.close()
        return (first, server.asked)
    }

    @Test func theWordThatTellsMostIsRemembered() async throws {
        let (full, asked) = try await report(["mntr": Self.monitor, "srvr": Self.summary])
        #expect(full?.isLeading == true && full?.version == "Keeper 24.3" && asked == ["mntr", "mntr"])
        let (short, next) = try await report(["mntr": Self.refusal, "srvr": Self.summary])
        #expect(short?.state == "follower" && short?.tellsRole == true && next == ["mntr", "srvr", "srvr"])
    }

    /// Nobody knows who leads, and everybody serves.
    @Test func imokIsEnoughWithASession() async throws {
        let (report, asked) = try await report(["ruok": "imok"])
        #expect(report?.isServing == true && report?.isLeading == false && report?.tellsRole == false)
        // A session was made, and the better words were tried once more before it was believed.
        #expect(asked == ["mntr", "srvr", "ruok", "session", "mntr", "srvr", "ruok"])
    }

    @Test func imokWithoutASessionIsNotServing() async throws {
        let (report, _) = try await report(["ruok": "imok"], accepts: false)
        #expect(report == nil)
    }

    @Test func whoSaysThatItDoesNotServeIsBelieved() async throws {
        let text = "This ZooKeeper instance is not currently serving requests\n"
        let (report, asked) = try await report(["mntr": text, "ruok": "imok"])
        #expect(report == nil && asked == ["mntr", "mntr"])
    }

    @Test func nobodyThereIsNoReport() async throws {
        let server = try await WordServer([:], acceptsSessions: false)
        try await server.close()
        #expect(try await launch().report(of: server.endpoint) == nil)
    }
}

/// Answers four-letter words as it is told to, and closes; of other words it closes at once.
private final class WordServer {
    private let channel: any Channel
    private let log = Collector<String>()
    var endpoint: Endpoint { Endpoint(host: "127.0.0.1", port: channel.localAddress?.port ?? 0) }
    var asked: [String] { log.all }

    /// - Parameter acceptsSessions: whether a connect request is answered.
    init(_ words: [String: String], acceptsSessions: Bool) async throws {
        let log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Answer(words: words, acceptsSessions: acceptsSessions, log: log)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func close() async throws { try await channel.close() }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let words: [String: String]
        private let acceptsSessions: Bool
        private let log: Collector<String>
        private var hasSession = false

        init(words: [String: String], acceptsSessions: Bool, log: Collector<String>) {
            self.words = words
            self.acceptsSessions = acceptsSessions
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            // What comes in a session needs no answer: it is closed at once.
            guard !hasSession else { return context.close(promise: nil) }
            let word = buffer.readString(length: min(4, buffer.readableBytes)) ?? ""
            guard word.allSatisfy({ $0.isASCII && $0.isLowercase }) else {
                guard acceptsSessions else { return context.close(promise: nil) }
                log.add("session")
                hasSession = true
                var answer = ByteBuffer()
                answer.writeInteger(Int32(37))
                answer.writeInteger(Int32(0))
                answer.writeInteger(Int32(10_000))
                answer.writeInteger(Int64(1))
                answer.writeInteger(Int32(16))
                answer.writeRepeatingByte(0, count: 17)
                context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
                return
            }
            log.add(word)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: words[word] ?? "")), promise: nil)
            context.close(promise: nil)
        }
    }
}
