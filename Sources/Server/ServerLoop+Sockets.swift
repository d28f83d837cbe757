import Logging
import NIOCore
import NIOPosix
import Storage

/// Sockets that go out, and words about those that came in.
extension ServerLoop {
    func dial(host: String, port: Int, _ handler: PeerHandler, onFailure: @escaping () -> Void) {
        let failed = NIOLoopBound(onFailure, eventLoop: eventLoop)
        let isElection = handler.port == .election
        let link = ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(max(100, min(1000, Int64(configuration.tickTime)))))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 512 << 10, high: 2 << 20))
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65536, maximum: 1 << 20)
            )
            .channelInitializer { $0.pipeline.addHandler(handler) }
            .connect(host: host, port: port)
        link.whenSuccess { $0.keepPeerAlive(isElection: isElection) }
        link.whenFailure { _ in failed.value() }
    }

    /// One line about what this link's other end has done, if there was none about a link of its address within the last
    /// minute.
    func complain(_ line: String, of handler: PeerHandler?) {
        guard let channel = handler?.channel else { return logger.warning("\(line)") }
        doors.complain(.brokenLink, about: channel, line)
    }

    func describe(_ context: ChannelHandlerContext) -> String {
        context.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "unknown"
    }
}
