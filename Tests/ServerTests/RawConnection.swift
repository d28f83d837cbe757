import Glibc

/// A blocking connection of a test over which it says what it likes, byte by byte.
final class RawConnection {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)

    /// Nil if nobody listens.
    ///
    /// - Parameters:
    ///   - patienceSeconds: how long it waits for anything that is said to it.
    ///   - receiveBuffer: bytes that the kernel takes before the test does; nil for the system's.
    init?(_ port: Int, says bytes: [UInt8] = [], patienceSeconds: Int = 20, receiveBuffer: Int32? = nil) {
        var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        guard IdleCrowd.connect(socket, to: port) else { return nil }
        say(bytes)
    }

    deinit { close(socket) }

    /// Waits until the kernel has taken all of it, or the connection has ended.
    func say(_ bytes: [UInt8]) {
        var said = 0
        while said < bytes.count {
            let count = offer(bytes[said...], flags: 0)
            guard count > 0 else { return }
            said += count
        }
    }

    /// As many of the bytes as the kernel takes now; 0 if it takes none.
    func offer(_ bytes: ArraySlice<UInt8>, flags: Int32 = Int32(MSG_DONTWAIT)) -> Int {
        max(0, bytes.withUnsafeBytes { send(socket, $0.baseAddress!, $0.count, flags | Int32(MSG_NOSIGNAL)) })
    }

    func endSaying() { shutdown(socket, Int32(SHUT_WR)) }

    /// The next bytes; empty at the end of the connection; nil if the patience is over.
    func next(most: Int = 4096) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: most)
        let count = recv(socket, &buffer, most, 0)
        if count >= 0 { return Array(buffer[..<count]) }
        return errno == ECONNRESET ? [] : nil
    }

    /// Exactly so many bytes, or what came before the end or the end of the patience.
    func receive(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let more = next(most: min(1 << 16, count - bytes.count)), !more.isEmpty {
            bytes += more
        }
        return bytes
    }

    /// The body of one frame; nil at the end of the connection or of the patience.
    func answer() -> [UInt8]? {
        let length = receive(4)
        guard length.count == 4 else { return nil }
        let count = Int(length.withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) })
        let body = receive(count)
        return body.count == count ? body : nil
    }

    /// Which request the next frame answers.
    func answeredXid() -> Int32? {
        answer()?.withUnsafeBytes { Int32(bigEndian: $0.loadUnaligned(as: Int32.self)) }
    }
}
