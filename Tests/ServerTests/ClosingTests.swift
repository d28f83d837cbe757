import Glibc
import Targets
import Testing
import Wire

/// Closing a connection means sending first.
@Suite(.serialized) struct ClosingTests {
    private static func frame(_ body: (ByteWriter) -> Void) -> [UInt8] {
        let writer = ByteWriter()
        writer.append(UInt32(0))
        body(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        return Array(writer.bytes)
    }

    private static func request(_ xid: Int32, _ op: OpCode, _ body: (ByteWriter) -> Void = { _ in }) -> [UInt8] {
        frame {
            $0.append(xid)
            $0.append(op.rawValue)
            body($0)
        }
    }

    private static let connect = frame {
        ConnectRequest(lastZxidSeen: 0, timeout: 10_000, sessionID: 0, password: Array(repeating: 0, count: 16))
            .encode(into: $0)
    }

    private static func setData(_ xid: Int32, _ data: [UInt8]) -> [UInt8] {
        request(xid, .setData) { writer in
            writer.append(string: "/")
            data.withUnsafeBytes { writer.append(buffer: $0) }
            writer.append(Int32(-1))
        }
    }

    private static func getData(_ xid: Int32) -> [UInt8] {
        request(xid, .getData) {
            $0.append(string: "/")
            $0.append(false)
        }
    }

    /// A loopback connection that takes little at a time.
    private static func open(_ port: Int) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var small: Int32 = 4096
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        return socket
    }

    private static func sendAll(_ bytes: [UInt8], _ socket: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(socket, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Exactly so many bytes, or what came before the end.
    private static func receive(_ count: Int, _ socket: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < count {
            let read = recv(socket, &buffer, min(buffer.count, count - bytes.count), 0)
            guard read > 0 else { break }
            bytes += buffer[..<read]
        }
        return bytes
    }

    /// The body of one frame; nil at the end of the connection.
    private static func answer(_ socket: Int32) -> [UInt8]? {
        let length = receive(4, socket)
        guard length.count == 4 else { return nil }
        let count = Int(length.withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) })
        let body = receive(count, socket)
        return body.count == count ? body : nil
    }

    private static func xid(_ body: [UInt8]) -> Int32 {
        body.withUnsafeBytes { Int32(bigEndian: $0.loadUnaligned(as: Int32.self)) }
    }

    /// Before, four of the nine arrived: the rest of what was written failed with the close, and the ping that nobody had
    /// read made the kernel reset the connection.
    @Test func theAnswersBeforeTheEndOfASessionAllArrive() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            let socket = try Self.open(try HostileBytesTests.ports(of: ensemble)[0])
            defer { close(socket) }
            Self.sendAll(Self.connect, socket)
            try #require(Self.answer(socket) != nil)
            Self.sendAll(Self.setData(1, Array(repeating: 7, count: 900_000)), socket)
            try #require(Self.answer(socket).map(Self.xid) == 1)
            let reads = (2...9).flatMap { Self.getData($0) }
            let ping = Self.request(ReservedXid.ping, .ping)
            Self.sendAll(reads + Self.request(10, .closeSession) + ping + ping, socket)
            var answers: [Int32] = []
            while let body = Self.answer(socket) { answers.append(Self.xid(body)) }
            #expect(answers.filter { $0 != ReservedXid.ping } == Array(2...10))
        }
    }

    /// A client that says at once that it says nothing more, as `nc -N` does.
    @Test func aWordIsAnsweredToOneWhoHasEnded() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            for word in ["ruok", "mntr"] {
                let socket = try Self.open(try HostileBytesTests.ports(of: ensemble)[0])
                defer { close(socket) }
                Self.sendAll(Array(word.utf8) + [10], socket)
                shutdown(socket, Int32(SHUT_WR))
                let text = String(decoding: Self.receive(1 << 20, socket), as: UTF8.self)
                #expect(
                    word == "ruok" ? text == "imok" : text.contains("zk_server_state"),
                    "\(word): \(text.prefix(80))"
                )
            }
        }
    }

    /// Nine bytes at a time, each time one of the next frame: pings, thousands of them.
    @Test func framesThatBeginInEveryWriteAreAllAnswered() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            let socket = try Self.open(try HostileBytesTests.ports(of: ensemble)[0])
            defer { close(socket) }
            Self.sendAll(Self.connect, socket)
            try #require(Self.answer(socket) != nil)
            let ping = Self.request(ReservedXid.ping, .ping)
            Self.sendAll(Array(ping[..<1]), socket)
            for _ in 0..<500 {
                Self.sendAll(Array(ping[1...] + ping[..<1]), socket)
                try #require(Self.answer(socket).map(Self.xid) == ReservedXid.ping)
            }
        }
    }
}
