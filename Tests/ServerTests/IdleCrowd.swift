import Foundation
import Glibc
import Synchronization

/// Connections to loopback ports that say nothing, and are opened again the moment the server closes them. One thread.
final class IdleCrowd: Sendable {
    private struct Count {
        /// Connections that were closed by the server, by port.
        var closed: [Int: Int] = [:]
        var connected = 0
        var comesBack = true
        var isOver = false
        /// Nobody looks at the connections any more.
        var hasEnded = false
    }

    private struct Waiter {
        let deadline: ContinuousClock.Instant
        let isSo: @Sendable (IdleCrowd) -> Bool
        let answer: CheckedContinuation<Bool, Never>
    }

    private let count = Mutex(Count())
    private let waiters = Mutex<[Waiter]>([])

    /// - Parameter each: connections to each port.
    init(ports: [Int], each: Int) {
        Thread { [self] in run(ports.flatMap { Array(repeating: $0, count: each) }) }.start()
    }

    var connected: Int { count.withLock { $0.connected } }
    func closed(on port: Int) -> Int { count.withLock { $0.closed[port, default: 0] } }
    /// Whether every connection is closed, after `comeBackNoMore`.
    var isGone: Bool { count.withLock { $0.isOver && $0.connected == 0 } }

    /// Waits until it is so; false after a minute, or when the crowd is over without it.
    func until(_ isSo: @escaping @Sendable (IdleCrowd) -> Bool) async -> Bool {
        await withCheckedContinuation { answer in
            waiters.withLock { $0.append(Waiter(deadline: .now + .seconds(60), isSo: isSo, answer: answer)) }
            if count.withLock({ $0.hasEnded }) { tellWaiters(isLast: true) }
        }
    }

    private func tellWaiters(isLast: Bool) {
        let now = ContinuousClock.now
        var told: [(waiter: Waiter, isSo: Bool)] = []
        waiters.withLock { waiters in
            waiters.removeAll { waiter in
                let isSo = waiter.isSo(self)
                guard isSo || isLast || waiter.deadline <= now else { return false }
                told.append((waiter, isSo))
                return true
            }
        }
        for (waiter, isSo) in told { waiter.answer.resume(returning: isSo) }
    }

    /// What is closed from now on stays closed.
    func comeBackNoMore() { count.withLock { $0.comesBack = false } }

    /// Closes everything.
    func leave() { count.withLock { $0.isOver = true } }

    private func run(_ ports: [Int]) {
        var sockets = ports.map { Self.dial($0) }
        var polled = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while !count.withLock({ $0.isOver }) {
            let comesBack = count.withLock { $0.comesBack }
            _ = poll(&polled, nfds_t(polled.count), 20)
            var connected = 0
            var closed: [Int: Int] = [:]
            for index in sockets.indices where sockets[index] >= 0 {
                if polled[index].revents == 0 {
                    connected += 1
                    continue
                }
                // Nobody says anything to the silent, so this is the end or a refusal.
                close(sockets[index])
                closed[ports[index], default: 0] += 1
                sockets[index] = comesBack ? Self.dial(ports[index]) : -1
                polled[index].fd = sockets[index]
            }
            count.withLock { count in
                count.connected = connected
                count.closed.merge(closed) { $0 + $1 }
                if !count.comesBack, sockets.allSatisfy({ $0 < 0 }) { count.isOver = true }
            }
            tellWaiters(isLast: false)
        }
        for socket in sockets where socket >= 0 { close(socket) }
        count.withLock { $0.hasEnded = true }
        tellWaiters(isLast: true)
    }

    /// Begins to connect, without waiting.
    static func dial(_ port: Int) -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        connect(socket, to: port)
        return socket
    }

    @discardableResult static func connect(_ socket: Int32, to port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
