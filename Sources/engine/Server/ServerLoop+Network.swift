import CPlatform
import Host
import Logging
import NIOCore
import NIOPosix
import Zab

/// Sockets and time for the host.
extension ServerLoop: HostNetwork {
    var moment: Nanoseconds { zb_monotonic_nanoseconds() }

    func dial(_ dial: HostDial) {
        guard let server = configuration.servers.first(where: { $0.id == dial.peer }) else { return }
        let handler = SocketHandler(self, dialling: dial)
        let isElection = dial.port == .election
        let connection = ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(max(100, min(1000, Int64(configuration.tickTime)))))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 512 << 10, high: 2 << 20))
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65536, maximum: 1 << 20)
            )
            .channelInitializer { $0.pipeline.addHandler(handler) }
            .connect(host: server.host, port: isElection ? server.electionPort : server.quorumPort)
        connection.whenSuccess { $0.keepPeerAlive(isElection: isElection) }
        connection.whenFailure { [self] error in
            tellOfName(of: server, error)
            dialFailed(dial)
        }
    }

    /// A peer that is down is no news, but one whose name nobody knows will not come by itself.
    private func tellOfName(of server: ServerAddress, _ error: any Error) {
        guard let failure = error as? NIOConnectionError, failure.connectionErrors.isEmpty else { return }
        let now = zb_monotonic_nanoseconds()
        if let told = namesTold[server.id], now < told + ComplaintFilter.interval { return }
        namesTold[server.id] = now
        logger.warning(
            "cannot resolve \(server.host), the host of server.\(server.id); trying again (check DNS or /etc/hosts)"
        )
    }

    private func dialFailed(_ dial: HostDial) {
        if isInside { return later { [self] in dialFailed(dial) } }
        enter { $0.dialFailed(dial) }
    }

    func makeBytes(_ bytes: UnsafeRawBufferPointer) -> ByteBuffer { ByteBuffer(bytes: bytes) }
    func write(_ bytes: UnsafeRawBufferPointer, on socket: SocketHandler) { socket.write(bytes) }
    func write(_ bytes: ByteBuffer, on socket: SocketHandler) { socket.write(bytes) }
    func flush(_ socket: SocketHandler) { socket.flush() }
    func isOpen(_ socket: SocketHandler) -> Bool { socket.isOpen }
    func isWritable(_ socket: SocketHandler) -> Bool { socket.isWritable }
    func unsentBytes(_ socket: SocketHandler) -> Int { socket.unsentBytes }
    func tellWhenSent(_ socket: SocketHandler) { socket.tellWhenSent() }
    func setReading(_ isReading: Bool, _ socket: SocketHandler) { socket.setReading(isReading) }
    func shutDownOutput(_ socket: SocketHandler) { socket.shutDownOutput() }
    func close(_ socket: SocketHandler) { socket.close() }

    func isWord(_ word: Int) -> Bool { FourLetterWord(length: word) != nil }

    func answer(toWord word: Int, behind: UnsafeRawBufferPointer) -> WordAnswer {
        guard let answer = FourLetterWord(length: word)?.answer(of: self, behind: behind) else { return WordAnswer("") }
        return WordAnswer { [unowned self] in
            let part = answer.next()
            switch part {
            case .more(let bytes), .last(let bytes): wordBytes += bytes.count
            case .later: break
            }
            return part
        }
    }

    func schedule(_ timer: HostTimer, after pause: Nanoseconds) {
        _ = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(pause))) { [self] in
            enter { $0.timer(timer) }
        }
    }

    /// Before a round that follows a round, the sockets are looked at: NIO carries out tasks until there are none, and only
    /// then asks the kernel. What is due a little later is not among them.
    static var pauseBetweenRounds: TimeAmount { .microseconds(50) }

    func scheduleEndOfRound(followsRound: Bool) {
        guard followsRound else { return eventLoop.execute { [self] in enter { $0.endRound() } } }
        _ = eventLoop.assumeIsolated().scheduleTask(in: Self.pauseBetweenRounds) { [self] in enter { $0.endRound() } }
    }
}
