import Glibc

/// A blocking connection with a server on this machine, for frames of any content.
final class Connection: Channel {
    private let socket: Int32
    private var inbox: [UInt8] = []
    private var taken = 0
    private var isOver = false
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Nil if nobody listens.
    init?(port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            Glibc.close(socket)
            return nil
        }
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { Glibc.close(socket) }

    /// Waits until the kernel has taken all of it, or the connection has ended.
    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// The next frame.
    func receive(patienceMilliseconds: Int32) -> Received {
        while true {
            if let frame = nextFrame() { return .frame(frame) }
            if isOver { return .end }
            var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, patienceMilliseconds) > 0 else { return .silence }
            let count = recv(socket, &buffer, buffer.count, 0)
            if count > 0 { inbox += buffer[..<count] } else { isOver = true }
        }
    }

    private func nextFrame() -> [UInt8]? {
        guard inbox.count - taken >= 4 else { return nil }
        let length = inbox[taken..<taken + 4].reduce(0) { $0 << 8 | Int($1) }
        guard inbox.count - taken - 4 >= length else { return nil }
        let frame = Array(inbox[taken + 4..<taken + 4 + length])
        taken += 4 + length
        if taken == inbox.count || taken > 1 << 20 {
            inbox.removeFirst(taken)
            taken = 0
        }
        return frame
    }
}
