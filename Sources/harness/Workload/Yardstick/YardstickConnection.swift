import CPlatform
import CYardstick
import Glibc

/// The one connection of a yardstick's client, to the leader on 127.0.0.1: records go out, numbers come back. Used by one
/// thread.
final class YardstickConnection {
    /// Bytes of records that wait for the kernel to take them.
    private static let outputBytes = 1 << 20
    private static let inputBytes = 64 << 10
    /// How long the leader may take to say where it is.
    private static let patienceSeconds = 10

    /// What was acknowledged before this client came.
    private(set) var first: UInt64 = 0
    private let socket: Int32
    private let shape: yardstick_shape
    private let recordBytes: Int
    private let template: UnsafeMutableRawPointer
    private let output: UnsafeMutableRawPointer
    private let capacity: Int
    private var outputStart = 0
    private var outputEnd = 0
    private let input: UnsafeMutableRawPointer
    private var inputCount = 0

    /// - Throws: `LoadError.notConnected`.
    init(port: Int, shape: yardstick_shape) throws(LoadError) {
        self.shape = shape
        recordBytes = yardstick_record_bytes(shape.payload_bytes)
        capacity = max(Self.outputBytes, recordBytes)
        template = .allocate(byteCount: recordBytes, alignment: 8)
        output = .allocate(byteCount: capacity, alignment: 8)
        input = .allocate(byteCount: Self.inputBytes, alignment: 8)
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        yardstick_make_record(shape, 0, template)
        guard greet(port: port) else {
            throw .notConnected("the yardstick's leader: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if socket >= 0 { close(socket) }
        template.deallocate()
        output.deallocate()
        input.deallocate()
    }

    private func greet(port: Int) -> Bool {
        var yes: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected, send(socket, YARDSTICK_HELLO, 4, Int32(MSG_NOSIGNAL)) == 4,
            recv(socket, &first, 8, Int32(MSG_WAITALL)) == 8
        else { return false }
        return fcntl(socket, F_SETFL, O_NONBLOCK) == 0
    }

    /// Whether one more record can wait.
    @inline(__always)
    var hasRoom: Bool { outputEnd + recordBytes <= capacity }
    var isOwing: Bool { outputStart < outputEnd }

    @inline(__always)
    func put(_ sequence: UInt64) {
        yardstick_set_sequence(shape, sequence, template)
        (output + outputEnd).copyMemory(from: template, byteCount: recordBytes)
        outputEnd += recordBytes
    }

    /// Hands the kernel as much as it takes.
    ///
    /// - Returns: false if the connection is gone.
    func flush() -> Bool {
        while outputStart < outputEnd {
            let flags = Int32(MSG_NOSIGNAL)
            let sent = send(socket, output + outputStart, outputEnd - outputStart, flags)
            guard sent > 0 else { return errno == EAGAIN || errno == EINTR }
            outputStart += sent
        }
        (outputStart, outputEnd) = (0, 0)
        return true
    }

    /// Waits until something can be read, or what is left over sent, at most so long.
    func wait(nanoseconds: UInt64) {
        guard isOwing else {
            _ = zb_wait_readable(socket, nanoseconds)
            return
        }
        // There is always more to come from here, and to there: a millisecond is not what it waits for.
        var polled = pollfd(fd: socket, events: Int16(POLLIN | POLLOUT), revents: 0)
        _ = poll(&polled, 1, Int32(nanoseconds / 1_000_000) + 1)
    }

    /// Reads what there is, and hands over each number.
    ///
    /// - Returns: false if the connection is gone.
    func receive(_ take: (UInt64) -> Void) -> Bool {
        while true {
            let count = recv(socket, input + inputCount, Self.inputBytes - inputCount, 0)
            guard count != 0 else { return false }
            guard count > 0 else { return errno == EAGAIN || errno == EINTR }
            let bytes = inputCount + count
            for place in stride(from: 0, to: bytes - 7, by: 8) {
                take(input.load(fromByteOffset: place, as: UInt64.self))
            }
            inputCount = bytes % 8
            if inputCount > 0 { input.copyMemory(from: input + (bytes - inputCount), byteCount: inputCount) }
            // There may be more, but what has come may make room for more to send.
            if bytes < Self.inputBytes { return true }
        }
    }
}
