import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Client

/// Connections that fail before the call has returned that was to open them, and servers that refuse a credential.
@Suite struct RefusedConnectionTests {
    /// TCP cannot connect to it: the kernel says so at once, as it does where no descriptor is left.
    static let impossible = Endpoint(host: "255.255.255.255", port: 1)

    /// What an owner was told, and whether it had the connection by then.
    private typealias Told = (end: Disconnection, hadConnection: Bool)

    private final class Owner: SessionDelegate {
        var connection: SessionConnection<Owner>?
        let told: EventLoopPromise<Told>

        init(_ told: EventLoopPromise<Told>) { self.told = told }

        func sessionAnswered(_ response: ConnectResponse) {}
        func repliesArrived(_ replies: inout ReplyCursor) throws(WireError) { while try replies.next() != nil {} }
        func readCompleted() {}
        func disconnected(_ end: Disconnection) { told.succeed((end, connection != nil)) }
    }

    @Test func theOwnerHearsOfItWhenItHasTheConnection() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let told = loop.makePromise(of: Told.self)
        loop.execute {
            let owner = Owner(told)
            owner.connection = SessionConnection.open(
                Self.impossible,
                request: ConnectRequest(timeout: 1000),
                timeout: .seconds(5),
                on: loop,
                delegate: owner
            )
        }
        let (end, hadConnection) = try await told.futureResult.get()
        #expect(hadConnection, "told before it had the connection")
        #expect(end.reason.hasPrefix("255.255.255.255:1: "))
        #expect(!end.isFinal)
    }

    @Test func noDescriptorIsAFinalEnd() {
        let endpoint = Endpoint(host: "10.0.0.1", port: 2181)
        for code in [EMFILE, ENFILE] {
            let end = Disconnection(IOError(errnoCode: code, reason: "socket"), at: endpoint)
            #expect(end.isFinal)
            #expect(end.reason.contains("too many open files"))
        }
        let refused = Disconnection(IOError(errnoCode: ECONNREFUSED, reason: "connect"), at: endpoint)
        #expect(!refused.isFinal && refused.reason.contains("connection refused"))
    }

    /// A server that confirms or refuses credentials, and echoes the order of what it is told.
    private static func server(refusing scheme: String?) async throws -> ScriptedServer {
        try await ScriptedServer.start { frame in
            if frame.place == 0 {
                return [
                    .send(
                        frameOf { writer in
                            ConnectResponse(timeout: 5000, sessionID: 7, password: Array(repeating: 0, count: 16))
                                .encode(into: writer)
                        }
                    )
                ]
            }
            let isRefused = frame.op == .auth && scheme.map { authScheme(frame.body) == $0 } == true
            let code: ErrorCode = isRefused ? .authFailed : .ok
            let answer = frameOf { writer in
                writer.append(frame.xid)
                writer.append(Int64(1))
                writer.append(code.rawValue)
                if frame.op == .sync { writer.append(string: "/") }
            }
            return isRefused ? [.send(answer), .close] : [.send(answer)]
        }
    }

    private static func client(_ server: ScriptedServer) async throws -> ZooKeeperClient {
        try await ZooKeeperClient.connect(
            to: [server.endpoint],
            configuration: ZooKeeperClient.Configuration(
                credentials: [try Credential("digest:ann:secret"), try Credential("other:x")]
            )
        )
    }

    @Test func credentialsAreSaidBeforeAnythingElse() async throws {
        let server = try await Self.server(refusing: nil)
        let client = try await Self.client(server)
        try await client.sync()
        await client.close()
    }

    @Test func aRefusedCredentialIsOneErrorWithoutTheSecret() async throws {
        let server = try await Self.server(refusing: "digest")
        do {
            _ = try await Self.client(server)
            Issue.record("the server refuses it")
        } catch ClientError.unreachable(let reason) {
            #expect(reason.contains("refuses the credential digest:***"), "\(reason)")
            #expect(!reason.contains("secret"))
        }
    }
}

private func frameOf(_ body: (ByteWriter) -> Void) -> [UInt8] {
    let writer = ByteWriter(capacity: 64)
    writer.append(Int32(0))
    body(writer)
    writer.set(Int32(writer.count - 4), at: 0)
    return Array(writer.bytes)
}

/// Behind the packet's type.
private func authScheme(_ body: [UInt8]) -> String {
    body.withUnsafeBytes { bytes in
        var reader = ByteReader(bytes)
        _ = try? reader.int32()
        return (try? reader.string()) ?? ""
    }
}
