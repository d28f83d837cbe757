import Host
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where the admin server and the Prometheus endpoint listen; ZooKeeper's keys.
public struct AdminSettings: Sendable {
    /// `admin.serverAddress` and `admin.serverPort`; 0 lets the kernel choose.
    public var host = ServerAddress.anyHost
    public var port = 8080
    /// `admin.commandURL`.
    public var commandURL = "/commands"
    /// `admin.idleTimeout`, in milliseconds.
    public var idleTimeout = 30_000

    public init() {}
}

/// `metricsProvider.httpHost` and `metricsProvider.httpPort` of ZooKeeper's provider for Prometheus.
public struct MetricsSettings: Sendable {
    public var host = ServerAddress.anyHost
    public var port = 7000

    public init() {}
}

/// The ports of a server that speak HTTP, on an event loop of their own.
final class AdminPorts: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let admin: HTTPPort?
    private let metrics: HTTPPort?

    private init(_ group: MultiThreadedEventLoopGroup, admin: HTTPPort?, metrics: HTTPPort?) {
        (self.group, self.admin, self.metrics) = (group, admin, metrics)
    }

    /// What the ports have open at most: the loop, and for each port its listener, a batch that is accepted and the rest.
    static func descriptors(_ configuration: ServerConfiguration) -> Int {
        let ports = (configuration.admin == nil ? 0 : 1) + (configuration.metrics == nil ? 0 : 1)
        return ports == 0 ? 0 : 3 + ports * (HTTPPort.connectionsMax + 5)
    }

    /// 0 if there is none.
    var adminPort: Int { admin?.port ?? 0 }
    var metricsPort: Int { metrics?.port ?? 0 }

    /// Nil if the configuration wants none. An admin port that cannot be had is a line in the log, as in ZooKeeper's
    /// ensembles, where the default would let one of several servers on a machine start only.
    ///
    /// - Throws: `ConfigurationError` if the port for Prometheus cannot be had, which somebody has asked for.
    static func open(_ configuration: ServerConfiguration, _ loop: ServerLoop, _ logger: Logger) async throws
        -> AdminPorts?
    {
        guard configuration.admin != nil || configuration.metrics != nil else { return nil }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            var metrics: HTTPPort?
            if let settings = configuration.metrics {
                metrics = try await HTTPPort.open(
                    settings.host,
                    settings.port,
                    "metricsProvider.httpPort",
                    patience: .seconds(30),
                    on: group,
                    for: loop,
                    metricsRoute
                )
            }
            var admin: HTTPPort?
            if let settings = configuration.admin {
                do {
                    admin = try await HTTPPort.open(
                        settings.host,
                        settings.port,
                        "admin.serverPort",
                        patience: .milliseconds(Int64(settings.idleTimeout)),
                        on: group,
                        for: loop,
                        adminRoute(settings.commandURL)
                    )
                } catch {
                    logger.warning("no admin server: \(error) (admin.serverPort; admin.enableServer=false for none)")
                }
            }
            return AdminPorts(group, admin: admin, metrics: metrics)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    func close() async {
        await admin?.close()
        await metrics?.close()
        try? await group.shutdownGracefully()
    }

    // MARK: what is where

    private static let metricsRoute: HTTPPort.Route = { head in
        guard head.method == .GET || head.method == .HEAD else { return notAllowed(head.method) }
        guard AdminTarget(uri: head.uri).path == "/metrics" else { return .plain(.notFound, body: "/metrics\n") }
        return .made(contentType: "text/plain; version=0.0.4; charset=utf-8") { WordAnswer($0.exposition) }
    }

    private static func adminRoute(_ url: String) -> HTTPPort.Route {
        { head in
            guard head.method == .GET || head.method == .HEAD else { return notAllowed(head.method) }
            let target = AdminTarget(uri: head.uri)
            guard let name = target.command(below: url) else { return .plain(.notFound, body: "\(url)\n") }
            guard !name.isEmpty else { return .plain(.ok, body: AdminCommand.index(url: url)) }
            return .made(contentType: "application/json") { server in
                AdminCommand(name: name)?.answer(of: server, asked: name, target.arguments)
                    ?? WordAnswer(AdminTarget.unknown(name))
            }
        }
    }

    private static func notAllowed(_ method: HTTPMethod) -> HTTPAnswer {
        switch method {
        case .OPTIONS: .plain(.ok, ["allow": "GET, HEAD, OPTIONS"])
        case .TRACE: .plain(.forbidden)
        default: .plain(.methodNotAllowed, ["allow": "GET, HEAD, OPTIONS"])
        }
    }
}
