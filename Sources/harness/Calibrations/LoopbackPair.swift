import Glibc
import Log
import Measure

/// Two ends of one TCP connection on 127.0.0.1, as between a client and a server: TCP_NODELAY, a thread at each end.
final class LoopbackPair {
    static let messageBytes = 128
    static let writeBytes = 65_536

    private let near: Int32
    private let far: Int32

    /// - Throws: `CalibrationError` where the machine has no loopback, port or descriptor.
    init() throws(CalibrationError) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw Self.failure("socket") }
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let dialled = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard dialled >= 0 else { throw Self.failure("socket") }
        // The kernel completes the connection to a listening socket by itself, so one thread can do both.
        let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, address, &length) == 0 && connect(dialled, address, length) == 0
            }
        }
        let accepted = isConnected ? accept(listener, nil, nil) : -1
        guard accepted >= 0 else {
            let error = Self.failure("a connection")
            close(dialled)
            throw error
        }
        (near, far) = (dialled, accepted)
        var one: Int32 = 1
        for end in [near, far] {
            setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    deinit {
        close(near)
        close(far)
    }

    private static func failure(_ what: String) -> CalibrationError {
        CalibrationError(
            "no \(what) on 127.0.0.1: \(SystemReason(code: errno).words(or: "is the loopback interface up? (ip link set lo up)"))"
        )
    }

    /// Messages there and back, one at a time, for so long.
    func roundTrips(nanoseconds: UInt64, stop: StopFlag) throws(CalibrationError) -> RoundFigures {
        let echo = PosixThread(name: "zab-echo") { [far] in
            var bytes = [UInt8](repeating: 0, count: Self.messageBytes)
            while Self.receive(far, &bytes), Self.send(far, bytes) {}
        }
        var bytes = [UInt8](repeating: 1, count: Self.messageBytes)
        var durations: [UInt64] = []
        let start = Stopwatch.now
        var before = start
        var isWhole = true
        repeat {
            isWhole = Self.send(near, bytes) && Self.receive(near, &bytes)
            let now = Stopwatch.now
            durations.append(now - before)
            before = now
        } while isWhole && before - start < nanoseconds && !stop.isSet
        let error = Self.failure("answer")
        shutdown(near, Int32(SHUT_WR))
        echo.join()
        guard isWhole else { throw error }
        return RoundFigures(
            perSecond: Double(durations.count) / Stopwatch.seconds(before - start),
            durations: durations
        )
    }

    /// Bytes per second one way, until the last has been read. Ends the connection.
    func throughput(nanoseconds: UInt64, stop: StopFlag) throws(CalibrationError) -> Double {
        let sink = PosixThread(name: "zab-sink") { [far] in
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 * Self.writeBytes, alignment: 16)
            defer { bytes.deallocate() }
            while recv(far, bytes.baseAddress, bytes.count, 0) > 0 {}
        }
        let bytes = [UInt8](repeating: 1, count: Self.writeBytes)
        var count = 0
        let start = Stopwatch.now
        var isWhole = true
        repeat {
            isWhole = Self.send(near, bytes)
            count += bytes.count
        } while isWhole && Stopwatch.now - start < nanoseconds && !stop.isSet
        let error = Self.failure("throughput")
        shutdown(near, Int32(SHUT_WR))
        sink.join()
        guard isWhole else { throw error }
        return Double(count) / Stopwatch.seconds(Stopwatch.now - start)
    }

    private static func send(_ end: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let sent = Glibc.send(end, bytes.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { return false }
                done += sent
            }
            return true
        }
    }

    private static func receive(_ end: Int32, _ bytes: inout [UInt8]) -> Bool {
        bytes.withUnsafeMutableBytes { bytes in
            var done = 0
            while done < bytes.count {
                let got = recv(end, bytes.baseAddress! + done, bytes.count - done, 0)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return false }
                done += got
            }
            return true
        }
    }
}
