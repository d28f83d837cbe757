import TestSupport
import Testing
import Wire
import Zab

/// Bytes printed by Apache ZooKeeper 3.8.0's own classes (Debian's zookeeper.jar, BinaryOutputArchive), for the values
/// that each test names.
@Suite struct GoldenTests {
    static let session: Int64 = 0x1234_5678_90ab_cdef
    static let password = (1...16).map { UInt8($0) }

    @Test func connectRequest() throws {
        let golden = "000000000000000100000002000075301234567890abcdef000000100102030405060708090a0b0c0d0e0f10"
        var request = ConnectRequest(
            lastZxidSeen: 0x1_0000_0002,
            timeout: 30000,
            sessionID: Self.session,
            password: Self.password
        )
        let writer = ByteWriter()
        request.encode(into: writer)
        // ZooKeeper 3.8's client appends the read-only flag to the record.
        #expect(hex(writer.bytes) == golden + "00")
        request.readOnly = nil
        try bytes(hex: golden).withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let decoded = try ConnectRequest(from: &reader)
            #expect(decoded == request)
        }
    }

    @Test func connectResponse() {
        let writer = ByteWriter()
        let golden = "00000000000075301234567890abcdef000000100102030405060708090a0b0c0d0e0f10"
        let response = ConnectResponse(timeout: 30000, sessionID: Self.session, password: Self.password)
        response.answering(true).encode(into: writer)
        #expect(hex(writer.bytes) == golden + "00")
        writer.removeAll()
        response.answering(nil).encode(into: writer)
        #expect(hex(writer.bytes) == golden)
    }

    @Test func stat() throws {
        let golden =
            "00000000000000010000000000000002000000000000000300000000000000040000000500000006000000070000000000000008"
            + "000000090000000a000000000000000b"
        var stat = Stat()
        (stat.czxid, stat.mzxid, stat.ctime, stat.mtime) = (1, 2, 3, 4)
        (stat.version, stat.cversion, stat.aversion) = (5, 6, 7)
        (stat.ephemeralOwner, stat.dataLength, stat.numChildren, stat.pzxid) = (8, 9, 10, 11)
        let writer = ByteWriter()
        stat.encode(into: writer)
        #expect(hex(writer.bytes) == golden)
        try bytes(hex: golden).withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let decoded = try Stat(from: &reader)
            #expect(decoded == stat)
        }
    }

    @Test func accessList() throws {
        let golden =
            "000000020000001f00000005776f726c6400000006616e796f6e65000000010000000664696765737400000003613a62"
        let list = [
            ACL(permissions: 31, scheme: "world", id: "anyone"), ACL(permissions: 1, scheme: "digest", id: "a:b"),
        ]
        let writer = ByteWriter()
        ACL.encode(list, into: writer)
        #expect(hex(writer.bytes) == golden)
        try bytes(hex: golden).withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let decoded = try ACL.decodeList(from: &reader)
            #expect(decoded == list)
        }
    }

    @Test func transaction() {
        let writer = ByteWriter()
        TransactionHeader(
            sessionID: Self.session,
            cxid: 7,
            zxid: Zxid(epoch: 3, counter: 0x11),
            time: 1_700_000_000_123,
            type: OpCode.setData.rawValue
        ).encode(into: writer)
        writer.append(string: "/a/b")
        ([1, 2, 3] as [UInt8]).withUnsafeBytes { writer.append(buffer: $0) }
        writer.append(Int32(4))
        #expect(
            hex(writer.bytes)
                == "1234567890abcdef0000000700000003000000110000018bcfe5687b00000005000000042f612f62"
                + "0000000301020300000004"
        )
    }
}
