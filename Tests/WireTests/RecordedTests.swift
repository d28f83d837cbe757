import Foundation
import TestSupport
import Testing
import Wire

/// Records in what ZooKeeper 3.8.0 has said (Tests/Goldens), read and written again: the same bytes.
@Suite struct RecordedTests {
    /// Frames by connection: which side, and the body.
    private static let frames: [(connection: Int, isHeard: Bool, body: [UInt8])] = lines.compactMap { line in
        let words = line.split(separator: " ")
        guard words.count == 3, let connection = Int(words[0]) else { return nil }
        return (connection, words[1] == "<", bytes(hex: String(words[2])))
    }

    private static let transactions = lines.filter { $0.hasPrefix("txn ") }.map { bytes(hex: String($0.dropFirst(4))) }

    private static let lines: [Substring] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Goldens/requests.txt")
        return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
    }()

    /// The first frame each way of every connection.
    private static func first(_ isHeard: Bool) -> [[UInt8]] {
        Dictionary(grouping: frames.filter { $0.isHeard == isHeard }, by: { $0.connection }).compactMap {
            $0.value.first?.body
        }
    }

    @Test func handshakes() throws {
        let requests = Self.first(false)
        #expect(requests.count > 10)
        for request in requests {
            try expectSame(request) { reader, writer throws(WireError) in
                try ConnectRequest(from: &reader).encode(into: writer)
            }
        }
        for response in Self.first(true) {
            try expectSame(response) { reader, writer throws(WireError) in
                try ConnectResponse(from: &reader).encode(into: writer)
            }
        }
    }

    /// What follows a header of 16 bytes and ends with a Stat: setData's and setACL's answers, and those of exists.
    @Test func stats() throws {
        let stats = Self.frames.filter { $0.isHeard && $0.body.count == 16 + Stat.encodedSize }
        #expect(stats.count > 10)
        for frame in stats {
            try expectSame(Array(frame.body.dropFirst(16))) { reader, writer throws(WireError) in
                try Stat(from: &reader).encode(into: writer)
            }
        }
    }

    @Test func transactionHeaders() throws {
        #expect(Self.transactions.count > 50)
        for transaction in Self.transactions {
            try expectSame(Array(transaction.prefix(TransactionHeader.encodedSize))) {
                reader,
                writer throws(WireError) in
                try TransactionHeader(from: &reader).encode(into: writer)
            }
        }
    }

    private func expectSame(
        _ bytes: [UInt8],
        _ copy: (inout ByteReader, ByteWriter) throws(WireError) -> Void
    ) throws {
        let writer = ByteWriter()
        try bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            try copy(&reader, writer)
            #expect(reader.remaining == 0)
        }
        #expect(hex(writer.bytes) == hex(bytes))
    }
}
