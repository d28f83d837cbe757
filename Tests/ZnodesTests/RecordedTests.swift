import Foundation
import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// What ZooKeeper 3.8.0 has logged and answered (Tests/Goldens/requests.txt): of the same requests, at the same times and
/// zxids, we make the same transactions and the same answers, byte by byte.
@Suite struct RecordedTests {
    private static let lines: [Substring] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Goldens/requests.txt")
        return ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
    }()

    /// Every transaction but errors, which we do not log: behind the record there is a digest, which we do not log either.
    private static let transactions: [[UInt8]] = lines.filter { $0.hasPrefix("txn ") }.map {
        bytes(hex: String($0.dropFirst(4)))
    }

    /// Who sent a request, and what was answered.
    private struct Asked {
        var request: [UInt8]
        var reply: [UInt8] = []
        var connection: Int
    }

    /// By session and xid.
    private static func asked() -> [String: Asked] {
        var sessions: [Int: Int64] = [:]
        var greeted: Set<Int> = []
        var found: [String: Asked] = [:]
        for line in lines where !line.hasPrefix("#") && !line.hasPrefix("txn") {
            let words = line.split(separator: " ")
            guard words.count == 3, let connection = Int(words[0]) else { continue }
            let body = bytes(hex: String(words[2]))
            guard words[1] == "<" else {
                if greeted.contains(connection) {
                    found["\(connection) \(int(body))"] = Asked(request: body, connection: connection)
                } else {
                    greeted.insert(connection)
                }
                continue
            }
            guard let session = sessions[connection] else {
                sessions[connection] = body[8..<16].reduce(0) { $0 << 8 | Int64($1) }
                continue
            }
            guard var asked = found.removeValue(forKey: "\(connection) \(int(body))") else { continue }
            asked.reply = body
            found["\(session) \(int(body)) done"] = asked
        }
        return found
    }

    private static func int(_ bytes: [UInt8]) -> Int32 { bytes.prefix(4).reduce(0) { $0 << 8 | Int32($1) } }

    /// Of a closeSession, whose order is that of a hash in ZooKeeper.
    private static func paths(_ transaction: [UInt8]) throws -> Set<String> {
        try transaction.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            _ = try reader.bytes(TransactionHeader.encodedSize)
            let count = try #require(try reader.vectorCount(minimumSize: 4))
            var paths: Set<String> = []
            for _ in 0..<count { paths.insert(try reader.string()) }
            #expect(paths.count == count)
            return paths
        }
    }

    /// Errors have zxids of their own.
    private func skip(_ header: TransactionHeader, _ leader: Leader) throws {
        var error = header
        error.type = TransactionHeader.errorType
        let writer = ByteWriter()
        error.encode(into: writer)
        writer.append(Int32(0))
        _ = try leader.state.apply(writer.bytes, reply: nil, events: &leader.events)
    }

    private func alice(_ leader: Leader) throws -> IdentitiesID {
        let proof = Request.make {
            $0.append(Int32(0))
            $0.append(string: "digest")
            $0.append(string: "alice:secret")
        }
        return try proof.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let packet = try AuthPacket(from: &reader)
            return try #require(leader.state.identities(ReplicatedState.nobody, with: packet, from: .local))
        }
    }

    @Test func transactionsAndAnswersAreZooKeepers() throws {
        let leader = Leader(session: nil, enforcesQuotas: true)
        let asked = Self.asked()
        let identities = try alice(leader)
        var compared: Set<Int32> = []
        for transaction in Self.transactions {
            let header = try transaction.withUnsafeBytes { bytes in
                var reader = ByteReader(bytes)
                return try TransactionHeader(from: &reader)
            }
            guard header.type != TransactionHeader.errorType else {
                try skip(header, leader)
                continue
            }
            let op = try #require(OpCode(rawValue: header.type))
            let question = asked["\(header.sessionID) \(header.cxid) done"]
            let body =
                op == .createSession
                ? Array(transaction[32..<36]) : question.map { Array($0.request.dropFirst(8)) } ?? []
            let writer = ByteWriter()
            let result = body.withUnsafeBytes {
                leader.changes.prepare(
                    op: op,
                    body: $0,
                    sessionID: header.sessionID,
                    cxid: header.cxid,
                    zxid: header.zxid,
                    time: header.time,
                    // The second connection is alice's.
                    identities: question?.connection == 1 ? identities : ReplicatedState.nobody,
                    state: leader.state,
                    into: writer
                )
            }
            // ZooKeeper logs one that has failed as a multi of errors.
            if op == .multi, result != .ok {
                try skip(header, leader)
                continue
            }
            #expect(result == .ok, "\(header)")
            if op == .closeSession {
                #expect(try Self.paths(Array(writer.bytes)) == Self.paths(transaction))
            } else {
                #expect(
                    hex(transaction).hasPrefix(hex(writer.bytes)),
                    "\(op): \(hex(writer.bytes)), \(hex(transaction))"
                )
                #expect(transaction.count - writer.count == 12)
            }
            let reply = ByteWriter()
            _ = try leader.state.apply(writer.bytes, reply: reply, events: &leader.events)
            leader.changes.committed(through: header.zxid, in: leader.state)
            compared.insert(header.type)
            // A session is not answered with a record.
            guard let question, op != .closeSession else { continue }
            #expect(hex(reply.bytes) == hex(question.reply.dropFirst(16)), "\(op)")
        }
        let all: [OpCode] = [
            .createSession, .closeSession, .create, .create2, .createContainer, .createTTL, .delete, .setData, .setACL,
            .multi,
        ]
        #expect(compared == Set(all.map(\.rawValue)))
    }
}
