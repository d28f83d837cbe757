import Testing
import Wire

@testable import Client

@Suite struct FrameTests {
    @Test(arguments: [
        ("127.0.0.1:2181", "127.0.0.1", 2181), ("zoo.example:1", "zoo.example", 1), ("zoo", "zoo", 2181),
        ("[::1]:65535", "::1", 65535), ("[fe80::1]", "fe80::1", 2181),
    ])
    func endpointsAreRead(text: String, host: String, port: Int) throws {
        #expect(try Endpoint(text) == Endpoint(host: host, port: port))
    }

    @Test(arguments: ["", ":2181", "a:0", "a:65536", "a:x", "a:", "::1", "[::1", "[::1]x", "a:1:2"])
    func badEndpointsAreRefused(text: String) {
        #expect(throws: ClientError.badEndpoint(text)) { try Endpoint(text) }
    }

    private func replies(_ bytes: [UInt8]) throws -> (replies: [(Int32, Int64, Int32, [UInt8])], consumed: Int) {
        try bytes.withUnsafeBytes { bytes in
            var cursor = ReplyCursor(bytes)
            var list: [(Int32, Int64, Int32, [UInt8])] = []
            while let reply = try cursor.next() {
                list.append((reply.xid, reply.zxid, reply.error, Array(reply.body)))
            }
            return (list, cursor.consumed)
        }
    }

    @Test func aCursorReadsWholeFramesOnly() throws {
        let first: [UInt8] = [0, 0, 0, 18, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 9, 8]
        let second: [UInt8] = [0, 0, 0, 16, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 3, 255, 255, 255, 155]
        for cut in 0...second.count {
            let (list, consumed) = try replies(first + second.prefix(cut))
            #expect(list.count == (cut == second.count ? 2 : 1))
            #expect(consumed == first.count + (cut == second.count ? second.count : 0))
            #expect(list[0] == (5, 0x1_0000_0002, 0, [9, 8]))
            if list.count == 2 { #expect(list[1] == (6, 0x1_0000_0003, -101, [])) }
        }
    }

    @Test(arguments: [[0, 0, 0, 15], [0xff, 0xff, 0xff, 0xff], [0x7f, 0, 0, 0]] as [[UInt8]])
    func aCursorRefusesImpossibleLengths(length: [UInt8]) {
        #expect(throws: WireError.self) { try replies(length + [UInt8](repeating: 0, count: 32)) }
    }

    @Test func watchesAreSetAgainInAFixedOrder() {
        var table = WatchTable()
        table.asked(WatchRequest(path: "/b", kind: .data), error: 0)
        table.asked(WatchRequest(path: "/a", kind: .data), error: 0)
        table.asked(WatchRequest(path: "/none", kind: .exists), error: ErrorCode.noNode.rawValue)
        table.asked(WatchRequest(path: "/lost", kind: .data), error: ErrorCode.noNode.rawValue)
        table.asked(WatchRequest(path: "/c", kind: .children), error: 0)
        let expected: [UInt8] =
            [0, 0, 0, 54, 255, 255, 255, 248, 0, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0, 9]
            + [0, 0, 0, 2, 0, 0, 0, 2] + Array("/a".utf8) + [0, 0, 0, 2] + Array("/b".utf8)
            + [0, 0, 0, 1, 0, 0, 0, 5] + Array("/none".utf8) + [0, 0, 0, 1, 0, 0, 0, 2] + Array("/c".utf8)
        var sized = expected
        sized[3] = UInt8(expected.count - 4)
        #expect(table.setWatchesFrame(relativeZxid: 9) == sized)
        table.fired(WatchEvent(kind: .deleted, state: .connected, path: "/a"))
        table.fired(WatchEvent(kind: .dataChanged, state: .connected, path: "/b"))
        table.fired(WatchEvent(kind: .created, state: .connected, path: "/none"))
        #expect(!table.isEmpty)
        table.fired(WatchEvent(kind: .childrenChanged, state: .connected, path: "/c"))
        #expect(table.isEmpty)
    }
}
