import NIOCore
import Testing

@testable import EtcdClient

/// PINGs are answered below HTTP/2, however the bytes are cut.
@Suite struct PingFilterTests {
    private static func frame(_ type: UInt8, _ flags: UInt8 = 0, _ payload: [UInt8]) -> [UInt8] {
        [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xff), type, flags, 0, 0, 0, 1] + payload
    }

    private static let data = frame(0, 1, Array(repeating: 6, count: 300))
    private static let ping = frame(6, 0, [2, 4, 16, 16, 9, 14, 7, 7])
    private static let acknowledged = frame(6, 1, [2, 4, 16, 16, 9, 14, 7, 7])
    private static let settings = frame(4, 0, [])

    @Test(arguments: [1, 2, 7, 9, 17, 100, 10_000]) func onlyPingsAreTakenOut(size: Int) {
        let sent = Self.settings + Self.ping + Self.data + Self.ping + Self.ping + Self.acknowledged + Self.data
        var filter = PingFilter()
        var (passed, answers): ([UInt8], [UInt8]) = ([], [])
        for start in stride(from: 0, to: sent.count, by: size) {
            let part = filter.take(ByteBuffer(bytes: sent[start..<min(start + size, sent.count)]))
            passed += Array(buffer: part.passed)
            answers += Array(buffer: part.answers)
        }
        // An acknowledgement of ours is HTTP/2's to see.
        #expect(passed == Self.settings + Self.data + Self.acknowledged + Self.data)
        #expect(answers == Self.acknowledged + Self.acknowledged + Self.acknowledged)
    }

    /// A PING of another length is a mistake that HTTP/2 has to find.
    @Test func aWrongPingIsLeftToOthers() {
        let wrong = Self.frame(6, 0, [1, 2, 3])
        var filter = PingFilter()
        let part = filter.take(ByteBuffer(bytes: wrong))
        #expect(Array(buffer: part.passed) == wrong && part.answers.readableBytes == 0)
    }
}
