import NIOCore
import NIOPosix

/// Waits for calls of those who have the token. Others get a TLS handshake that fails, and nothing of ours.
public final class AgentListener: Sendable {
    public let port: Int
    /// Those who called, in order, once they have greeted.
    public let links: AsyncStream<AgentLink>
    private let channel: any Channel
    private let arrivals: AsyncStream<AgentLink>.Continuation

    /// - Parameters:
    ///   - host: the address to listen on; "0.0.0.0" is every one.
    ///   - port: 0 lets the kernel choose.
    ///   - accept: why a caller may not stay, told to it; nil if it may. Asked on an event loop.
    ///   - refused: told of each caller that did not stay, with its address.
    /// - Throws: `AgentError` where the port cannot be had.
    public static func start(
        host: String,
        port: Int,
        token: AgentToken,
        as mine: @escaping @Sendable () -> AgentGreeting,
        group: any EventLoopGroup,
        patience: AgentLink.Patience = AgentLink.Patience(),
        accept: @escaping @Sendable (AgentGreeting) -> String? = { _ in nil },
        refused: @escaping @Sendable (AgentError) -> Void = { _ in }
    ) async throws(AgentError) -> AgentListener {
        let (links, arrivals) = AsyncStream.makeStream(of: AgentLink.self)
        do {
            let channel = try await ServerBootstrap(group: group, childGroup: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    AgentLink.Opened.make(
                        channel,
                        mine(),
                        isCaller: false,
                        patience: patience,
                        tls: { try token.serverHandler() },
                        accept: accept
                    ).map { opened in
                        Task {
                            let address = channel.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?"
                            do throws(AgentError) {
                                arrivals.yield(try await opened.link(at: address))
                            } catch {
                                refused(error)
                            }
                        }
                    }
                }
                .bind(host: host, port: port).get()
            return AgentListener(channel, links, arrivals)
        } catch {
            throw AgentError("cannot listen on \(host):\(port): \(AgentError.words(error))")
        }
    }

    private init(
        _ channel: any Channel,
        _ links: AsyncStream<AgentLink>,
        _ arrivals: AsyncStream<AgentLink>.Continuation
    ) {
        self.channel = channel
        self.links = links
        self.arrivals = arrivals
        port = channel.localAddress?.port ?? 0
    }

    /// Takes no more calls; links that there are stay.
    public func stop() async {
        try? await channel.close()
        arrivals.finish()
    }
}
