#if Etcd
    import Client
    import Foundation
    import GRPCCore
    import GRPCNIOTransportHTTP2Posix
    import NIOCore
    import Workload

    struct GRPCDialer: EtcdDialer {
        func dial(_ endpoint: Client.Endpoint, on eventLoop: any EventLoop) -> any EtcdConnection {
            GRPCConnection(endpoint, on: eventLoop)
        }
    }

    /// One HTTP/2 connection with one server, on one event loop. It does not come back once it is lost: whoever uses it
    /// dials another, and decides when and where.
    final class GRPCConnection: EtcdConnection {
        typealias Transport = HTTP2ClientTransport.Posix

        private let client: GRPCClient<Transport>?
        private let running: Task<Void, Never>?
        private let failure: String

        init(_ endpoint: Client.Endpoint, on eventLoop: any EventLoop) {
            var config = Transport.Config.defaults
            // A second dial is somebody else's decision, and soon enough.
            config.backoff.initial = .seconds(60)
            // Frames of one turn of the loop share a write. Waiting for later ones, 100 µs by default, would be response
            // time of every lone operation.
            config.connection.flushCoalescing?.maxFlushDelay = .zero
            config.channelDebuggingCallbacks.onCreateTCPConnection = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PingAnswerer(), position: .first)
                }
            }
            do {
                let isAddress = endpoint.host.allSatisfy { $0.isNumber || $0 == "." }
                let target: any ResolvableTarget =
                    isAddress
                    ? .ipv4(address: endpoint.host, port: endpoint.port)
                    : .dns(host: endpoint.host, port: endpoint.port)
                let client = GRPCClient(
                    transport: try Transport(
                        target: target,
                        transportSecurity: .plaintext,
                        config: config,
                        eventLoopGroup: eventLoop
                    )
                )
                self.client = client
                running = Task(executorPreference: LoopExecutor(eventLoop)) { try? await client.runConnections() }
                failure = "the connection is closed"
            } catch {
                client = nil
                running = nil
                failure = "\(error)"
            }
        }

        func close() async {
            client?.beginGracefulShutdown()
            running?.cancel()
            await running?.value
        }

        func call(_ call: EtcdCall) async throws(EtcdFailure) -> EtcdAnswer {
            guard let client else { throw .disconnected(failure) }
            let kv = Etcdserverpb_KV.Client(wrapping: client)
            do {
                switch call {
                case .put(let key, let value):
                    return try await kv.put(.with(key, value)) { EtcdAnswer(try $0.message.header) }
                case .create(let key, let value):
                    return try await kv.txn(.creating(key, value)) { response in
                        let message = try response.message
                        return EtcdAnswer(message.header, count: message.succeeded ? 1 : 0)
                    }
                case .createAll(let pairs):
                    return try await kv.txn(.creating(pairs)) { response in
                        let message = try response.message
                        return EtcdAnswer(message.header, count: message.succeeded ? pairs.count : 0)
                    }
                case .delete(let key):
                    return try await kv.deleteRange(.of(key)) { EtcdAnswer(try $0.message) }
                case .deleteAll(let key, let end):
                    return try await kv.deleteRange(.of(key, end)) { EtcdAnswer(try $0.message) }
                case .get(let key, let isSerializable):
                    return try await kv.range(.of(key, isSerializable: isSerializable)) {
                        EtcdAnswer(try $0.message)
                    }
                case .count(let key, let isSerializable):
                    return try await kv.range(.of(key, isSerializable: isSerializable, isCount: true)) {
                        EtcdAnswer(try $0.message)
                    }
                case .range(let key, let end, let limit, let isSerializable):
                    return try await kv.range(.of(key, end, limit: limit, isSerializable: isSerializable)) {
                        EtcdAnswer(try $0.message)
                    }
                }
            } catch {
                throw EtcdFailure(error)
            }
        }
    }

    extension EtcdFailure {
        /// What gRPC throws, by whether the server or the connection is the cause.
        init(_ error: any Error) {
            guard let error = error as? RPCError else {
                self = .disconnected("\(error)")
                return
            }
            let text = "\(error.message) (\(error.code))"
            // etcd signs what it says itself.
            let isServers = ["etcdserver: ", "raft: ", "mvcc: ", "auth: ", "lease "].contains {
                error.message.hasPrefix($0)
            }
            switch error.code {
            case .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition, .outOfRange,
                .unimplemented, .unauthenticated:
                self = .refused(text)
            case .resourceExhausted where isServers: self = .refused(text)
            case .unavailable, .deadlineExceeded, .cancelled, .aborted, .unknown, .internalError:
                self = isServers ? .unknown(text) : .disconnected(Self.cause(of: error) ?? text)
            default: self = .unknown(text)
            }
        }

        /// The words of the deepest cause, which are those of the socket.
        private static func cause(of error: RPCError) -> String? {
            var cause = error.cause
            while let next = (cause as? RPCError)?.cause { cause = next }
            return cause.map { "\($0)" }
        }
    }
#endif
