import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// What prep refuses, and with which code.
@Suite struct PrepareTests {
    /// A leader with /a (version 1, children b and c), an ephemeral /e of session 1, and session 2.
    private func leader(outstanding: Bool) -> Leader {
        let leader = Leader()
        let requests: [(OpCode, [UInt8], Int64)] = [
            (.createSession, Request.createSession(), 2),
            (.create, Request.create("/a"), 1), (.setData, Request.setData("/a"), 1),
            (.create, Request.create("/a/b"), 1), (.create, Request.create("/a/c"), 1),
            (.create, Request.create("/e", flags: 1), 1),
            (.create, Request.create("/gone"), 1), (.delete, Request.delete("/gone"), 1),
        ]
        for (op, body, session) in requests {
            #expect(leader.prepare(op, body, session: session) == .ok)
            if !outstanding { leader.apply() }
        }
        return leader
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var op: OpCode
        var body: [UInt8]
        var error: ErrorCode
        var testDescription: String { "\(op) \(hex(body.prefix(32))) \(error)" }
        init(_ op: OpCode, _ body: [UInt8], _ error: ErrorCode) {
            self.op = op
            self.body = body
            self.error = error
        }
    }

    static func acl(_ scheme: String, _ id: String) -> [ACL] { [ACL(permissions: 31, scheme: scheme, id: id)] }

    static let refusals: [Refusal] = [
        Refusal(.create, Request.create("/a"), .nodeExists),
        Refusal(.create, Request.create("/"), .nodeExists),
        Refusal(.create, Request.create("/zookeeper"), .nodeExists),
        Refusal(.create2, Request.create("/a/b"), .nodeExists),
        Refusal(.create, Request.create("/x/y"), .noNode),
        Refusal(.create, Request.create("/gone/y"), .noNode),
        Refusal(.create, Request.create("/e/child"), .noChildrenForEphemerals),
        Refusal(.create, Request.create("relative"), .badArguments),
        Refusal(.create, Request.create(""), .badArguments),
        Refusal(.create, Request.create("/a/"), .badArguments),
        Refusal(.create, Request.create("/a//b"), .noNode),
        Refusal(.create, Request.create("/a/.."), .badArguments),
        Refusal(.create, Request.create("/a/\u{1}"), .badArguments),
        Refusal(.create, Request.create("/f", flags: 7), .badArguments),
        Refusal(.create, Request.create("/f", flags: -1), .badArguments),
        Refusal(.create, Request.create("/f", acl: []), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("auth", "")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("world", "somebody")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("nonsense", "x")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("super", "x")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("digest", "user")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("digest", "user:")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("digest", "a:b:c")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("ip", "1.2.3")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("ip", "1.2.3.256")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("ip", "1.2.3.4/33")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("ip", "1.2.3.4/")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("sasl", "u")), .invalidACL),
        Refusal(.create, Request.create("/f", acl: acl("x509", "CN=u")), .invalidACL),
        Refusal(.create, Request.create("/zookeeper/config/x"), .noAuth),
        Refusal(.create, Array(Request.create("/f").dropLast()), .marshallingError),
        Refusal(.create, [], .marshallingError),
        Refusal(.create, bytes(hex: "ffffffff"), .marshallingError),
        Refusal(.create, bytes(hex: "7fffffff2f"), .marshallingError),

        Refusal(.delete, Request.delete("/x"), .noNode),
        Refusal(.delete, Request.delete("/gone"), .noNode),
        Refusal(.delete, Request.delete("/a"), .notEmpty),
        Refusal(.delete, Request.delete("/a", version: 0), .badVersion),
        Refusal(.delete, Request.delete("/a/b", version: 1), .badVersion),
        Refusal(.delete, Request.delete("/"), .badArguments),
        Refusal(.delete, Request.delete("/zookeeper"), .badArguments),
        Refusal(.delete, Request.delete("/zookeeper/quota"), .badArguments),
        Refusal(.delete, Request.delete("/zookeeper/config"), .badArguments),
        Refusal(.delete, Request.delete("x"), .badArguments),
        Refusal(.delete, Request.delete("/x/"), .noNode),
        Refusal(.delete, Array(Request.delete("/a/b").dropLast()), .marshallingError),

        Refusal(.setData, Request.setData("/x"), .noNode),
        Refusal(.setData, Request.setData("/gone"), .noNode),
        Refusal(.setData, Request.setData("/a", version: 0), .badVersion),
        Refusal(.setData, Request.setData("/a", version: 2), .badVersion),
        Refusal(.setData, Request.setData("/a/b", version: 1), .badVersion),
        Refusal(.setData, Request.setData("/zookeeper/config"), .noAuth),
        Refusal(.setData, Request.setData("x"), .badArguments),
        Refusal(.setData, Array(Request.setData("/a").dropLast()), .marshallingError),
        Refusal(.setData, bytes(hex: "000000022f61fffffffe0000000000000000"), .marshallingError),
        Refusal(.setData, bytes(hex: "fffffffeffffffff000000000000000000"), .marshallingError),

        Refusal(.setACL, Request.setACL("/x", ACL.openUnsafe), .noNode),
        Refusal(.setACL, Request.setACL("/a", []), .invalidACL),
        Refusal(.setACL, Request.setACL("/a", ACL.openUnsafe, version: 1), .badVersion),
        Refusal(.setACL, Request.setACL("/zookeeper/config", ACL.openUnsafe), .noAuth),
        Refusal(.setACL, Request.setACL("x", ACL.openUnsafe), .badArguments),
        Refusal(.setACL, Array(Request.setACL("/a", ACL.openUnsafe).dropLast()), .marshallingError),

        Refusal(.createSession, [0, 0], .marshallingError),
        Refusal(.check, Request.delete("/a"), .unimplemented),
        Refusal(.getData, Request.read("/a"), .unimplemented),
        Refusal(.setData, Array(repeating: 0, count: RecordLayout.payloadMax), .marshallingError),
    ]

    @Test(arguments: refusals, [false, true])
    func refusesAndForgets(refusal: Refusal, outstanding: Bool) {
        let leader = leader(outstanding: outstanding)
        let count = leader.changes.count
        #expect(count == (outstanding ? 8 : 0))
        #expect(leader.prepare(refusal.op, refusal.body) == refusal.error)
        #expect(leader.changes.count == count)
        #expect(leader.changes.multiFailure == nil)
        // Nothing of the refused request is left behind: the same requests succeed as without it.
        #expect(leader.prepare(.create, Request.create("/f")) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a", version: 1)) == .ok)
        #expect(leader.prepare(.delete, Request.delete("/a/b", version: 0)) == .ok)
        leader.apply()
        #expect(leader.stat("/a")?.version == 2)
        #expect(leader.children("/a") == ["c"])
        #expect(leader.changes.count == 0)
    }

    @Test(arguments: [false, true]) func accepts(outstanding: Bool) {
        let leader = leader(outstanding: outstanding)
        leader.state.access.unproven = ["sasl", "x509"]
        for acl in [
            Self.acl("digest", "user:hash"), Self.acl("ip", "10.0.0.1"), Self.acl("ip", "10.0.0.0/8"),
            Self.acl("sasl", "u"), Self.acl("x509", "CN=u"), Self.acl("world", "anyone"),
        ] {
            #expect(leader.prepare(.setACL, Request.setACL("/a", acl), as: leader.superUser) == .ok)
        }
        let open = Request.setACL("/a", ACL.openUnsafe, version: 6)
        #expect(leader.prepare(.setACL, open, as: leader.superUser) == .ok)
        #expect(leader.prepare(.create, Request.create("/gone")) == .ok)
        #expect(leader.prepare(.create, Request.create("/zookeeper/quota/a")) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/zookeeper/quota/a")) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a", nil, version: 1)) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a", [1], version: 2)) == .ok)
        leader.apply()
        #expect(leader.stat("/a")?.aversion == 7)
        #expect(leader.stat("/a")?.version == 3)
        #expect(leader.state.acl("/a") == ACL.openUnsafe)
        #expect(leader.changes.count == 0)
    }

    @Test func duplicateACLsAreDropped() {
        let leader = Leader()
        let one = ACL(permissions: 1, scheme: "world", id: "anyone")
        let two = ACL(permissions: 2, scheme: "world", id: "anyone")
        #expect(leader.run(.create, Request.create("/a", acl: [one, two, one, two, two])) == .ok)
        #expect(leader.state.acl("/a") == [one, two])
    }

    @Test func tooLongACLIsRefused() {
        let leader = Leader()
        let list = (0...Int32(ACLRules.entriesMax)).map { ACL(permissions: $0, scheme: "world", id: "anyone") }
        #expect(leader.run(.create, Request.create("/a", acl: list)) == .invalidACL)
        #expect(leader.run(.create, Request.create("/a", acl: Array(list.dropLast()))) == .ok)
    }

    @Test func sequenceCountsCreatesAndNotDeletes() {
        let leader = Leader()
        leader.create("/q")
        for round in 0..<3 {
            // Two outstanding at once, and the first deleted before the second round.
            #expect(leader.prepare(.create, Request.create("/q/n-", flags: 2)) == .ok)
            #expect(leader.prepare(.create2, Request.create("/q/n-", flags: 3)) == .ok)
            let reply = leader.apply()
            let name = String(decoding: reply[4..<(4 + Int(reply[3]))], as: UTF8.self)
            #expect(name == "/q/n-000000000\(2 * round + 1)")
            #expect(leader.run(.delete, Request.delete("/q/n-000000000\(2 * round)")) == .ok)
        }
        #expect(leader.children("/q") == ["n-0000000001", "n-0000000003", "n-0000000005"])
        #expect(leader.stat("/q")?.cversion == 9)
        #expect(leader.stat("/q")?.numChildren == 3)
        // A name of the sequence alone.
        #expect(leader.create("/q/", flags: 2) == .ok)
        #expect(leader.children("/q")?.first == "0000000006")
        // The name of the next is taken: prep finds out.
        leader.create("/q/n-0000000008")
        #expect(leader.create("/q/n-", flags: 2) == .nodeExists)
    }

    @Test func versionsFollowWhatIsOutstanding() {
        let leader = Leader()
        leader.create("/a")
        for version in 0..<5 {
            #expect(leader.prepare(.setData, Request.setData("/a", version: Int32(version))) == .ok)
            #expect(leader.prepare(.setData, Request.setData("/a", version: Int32(version))) == .badVersion)
            if version == 2 { leader.apply(2) }
        }
        // From here on /a has a record of its own.
        #expect(leader.prepare(.create, Request.create("/a/child")) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a", version: 5)) == .ok)
        leader.apply(4)
        #expect(leader.prepare(.setData, Request.setData("/a", version: 6)) == .ok)
        leader.apply()
        #expect(leader.stat("/a")?.version == 7)
        #expect(leader.changes.paths.live == 0)
        #expect(leader.prepare(.setData, Request.setData("/a", version: 7)) == .ok)
    }

    @Test func deletedAndCreatedAgainStartsAnew() {
        let leader = Leader()
        leader.create("/a")
        #expect(leader.prepare(.setData, Request.setData("/a")) == .ok)
        #expect(leader.prepare(.delete, Request.delete("/a", version: 1)) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a")) == .noNode)
        #expect(leader.prepare(.create, Request.create("/a")) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a", version: 0)) == .ok)
        leader.apply()
        #expect(leader.stat("/a")?.version == 1)
    }

    @Test func removeAllForgetsTheLastReign() {
        let leader = Leader()
        leader.create("/a")
        #expect(leader.prepare(.setData, Request.setData("/a", version: 0)) == .ok)
        #expect(leader.prepare(.create, Request.create("/b")) == .ok)
        #expect(leader.prepare(.closeSession) == .ok)
        #expect(leader.prepare(.createSession, Request.createSession(), session: 2) == .ok)
        #expect(leader.changes.count == 4)
        leader.changes.removeAll(in: leader.state)
        #expect(leader.changes.count == 0)
        let next = Zxid(epoch: 2, counter: 1)
        let writer = ByteWriter()
        func prepare(_ op: OpCode, _ body: [UInt8], session: Int64 = 1) -> ErrorCode {
            body.withUnsafeBytes {
                leader.changes.prepare(
                    op: op,
                    body: $0,
                    sessionID: session,
                    cxid: 0,
                    zxid: next,
                    time: 0,
                    state: leader.state,
                    into: writer
                )
            }
        }
        #expect(prepare(.create, Request.create("/c"), session: 2) == .sessionExpired)
        #expect(prepare(.setData, Request.setData("/a", version: 1)) == .badVersion)
        #expect(prepare(.setData, Request.setData("/b")) == .noNode)
        #expect(prepare(.setData, Request.setData("/a", version: 0)) == .ok)
        #expect(leader.changes.count == 1)
    }
}
