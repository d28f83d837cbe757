import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Bytes whose checksums are right and that no leader of ours writes: found by fuzzing. Each once left a tree that
/// trapped later, or could not be loaded again.
@Suite struct HostileBytesTests {
    private func transaction(_ type: OpCode, session: Int64, counter: UInt32, _ body: (ByteWriter) -> Void) -> [UInt8] {
        Request.make {
            let zxid = Zxid(epoch: 1, counter: counter)
            TransactionHeader(sessionID: session, cxid: 1, zxid: zxid, time: 0, type: type.rawValue).encode(into: $0)
            body($0)
        }
    }

    private func create(_ path: String, isEphemeral: Bool, counter: UInt32) -> [UInt8] {
        transaction(.create, session: 77, counter: counter) {
            $0.append(string: path)
            $0.appendNull()
            ACL.encode(ACL.openUnsafe, into: $0)
            $0.append(isEphemeral)
            $0.append(Int32(1))
        }
    }

    private func apply(_ transaction: [UInt8], to state: ReplicatedState) throws {
        var events: [WatchEvent] = []
        _ = try transaction.withUnsafeBytes { try state.apply($0, reply: nil, events: &events) }
    }

    /// The session's end would take the parent from under its child.
    @Test func nothingIsCreatedBelowAnEphemeralNode() throws {
        let state = ReplicatedState()
        try apply(transaction(.createSession, session: 77, counter: 1) { $0.append(Int32(4000)) }, to: state)
        try apply(create("/e", isEphemeral: true, counter: 2), to: state)
        #expect(throws: WireError.self) { try apply(create("/e/child", isEphemeral: false, counter: 3), to: state) }
        #expect(state.stat("/e")?.numChildren == 0)
    }

    /// 0 stands for "no session": an ephemeral node of this one would be persistent after a restart.
    @Test func noSessionHasTheIDZero() {
        let state = ReplicatedState()
        let bytes = transaction(.createSession, session: 0, counter: 1) { $0.append(Int32(4000)) }
        #expect(throws: WireError.self) { try apply(bytes, to: state) }
        #expect(state.sessionCount == 0)
    }

    /// The fuzzer's own: one node, "/", owned by the session 77. Its end removed the root, and read before the table.
    @Test func theRootOfASnapshotIsNotEphemeral() throws {
        let text = """
            5a41425a4e4f4445000000010000000100000006010000000c000000000000004d00000fa0020000
            0046000000012f00000000000000010000000400000001000000040000018bcfe568000000018bcf
            e568000000000100000004000000000000004d000000000000000000000000000300000018000000
            00000000070000000000000001040daf53a3413445
            """
        let digits = Array(text.filter { !$0.isWhitespace })
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16)! }
        let loader = SnapshotLoader()
        let error = #expect(throws: WireError.self) { try bytes.withUnsafeBytes { try loader.feed($0) } }
        #expect(error?.description == "snapshot: node that is no session's: /")
    }
}
