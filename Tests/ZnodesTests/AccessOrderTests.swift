import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// In which order things are checked: what each operation is told about a node that allows one thing, or nothing.
///
/// Every answer of the table was given by Apache ZooKeeper 3.8.0 (Debian's package, standalone) to the same bytes, sent by a
/// client that was known by its address only: nodes /p with one permission for `world:anyone`, beside all of them for a
/// user who made them, and below them /p/c and /p/full (with a child), which allow everything.
@Suite struct AccessOrderTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var op: OpCode
        var body: [UInt8]
        /// With nothing, read, write, create, delete and admin allowed.
        var answers: [ErrorCode]

        init(_ name: String, _ op: OpCode, _ body: [UInt8], _ answers: [ErrorCode]) {
            (testDescription, self.op, self.body) = (name, op, body)
            self.answers = answers.count == 1 ? Array(repeating: answers[0], count: 6) : answers
        }
    }

    private static let permissions: [Int32] = [0, 1, 2, 4, 8, 16]
    private static let owner = Identity.digest("owner:secret")

    private static func list(_ permissions: Int32) -> [ACL] {
        [ACL(31, owner)] + (permissions == 0 ? [] : [.anybody(permissions)])
    }

    /// `code` where `permission` is given, and no right where it is not.
    private static func needs(_ permission: Int32, _ code: ErrorCode = .ok) -> [ErrorCode] {
        permissions.map { $0 & permission != 0 ? code : .noAuth }
    }

    static let rows: [Row] = [
        Row("exists", .exists, Request.read("/p"), [.ok]),
        Row("getData", .getData, Request.read("/p"), needs(1)),
        Row("getChildren", .getChildren, Request.read("/p"), needs(1)),
        Row("getChildren2", .getChildren2, Request.read("/p"), needs(1)),
        Row("getACL", .getACL, Request.read("/p"), needs(1 | 16)),
        Row("getData of a missing node", .getData, Request.read("/p/no"), [.noNode]),

        Row("setData", .setData, Request.setData("/p"), needs(2)),
        Row("setData with a wrong version", .setData, Request.setData("/p", version: 9), needs(2, .badVersion)),
        Row("setData of a missing node", .setData, Request.setData("/p/no", version: 9), [.noNode]),
        Row("setData of a bad path", .setData, Request.setData("/p/"), [.badArguments]),

        Row("setACL", .setACL, Request.setACL("/p", list(0)), needs(16)),
        Row("setACL with a wrong version", .setACL, Request.setACL("/p", list(0), version: 9), needs(16, .badVersion)),
        Row("setACL of an empty list", .setACL, Request.setACL("/p", []), [.invalidACL]),
        Row("setACL of a missing node", .setACL, Request.setACL("/p/no", list(0), version: 9), [.noNode]),
        Row("setACL of an empty list to a bad path", .setACL, Request.setACL("/p//c", []), [.badArguments]),

        Row("create", .create, Request.create("/p/new"), needs(4)),
        Row("create of an existing node", .create2, Request.create("/p/c"), needs(4, .nodeExists)),
        Row("create of a bad path", .create, Request.create("/p/"), needs(4, .badArguments)),
        Row("create below a bad path", .create, Request.create("/p/a/../b"), [.noNode]),
        Row("create below a missing node", .create, Request.create("/p/no/x"), [.noNode]),
        Row("create with an empty list", .create, Request.create("/p/new", acl: []), [.invalidACL]),
        Row("create with an empty list below a missing node", .create, Request.create("/no/x", acl: []), [.invalidACL]),
        Row("create with unknown flags", .create, Request.create("/p/c", flags: 99), [.badArguments]),
        Row("create with a NUL", .create, Request.create("/p/\0"), [.badArguments]),
        Row("create below what allows everything", .create, Request.create("/p/c/x"), [.ok]),

        Row("delete", .delete, Request.delete("/p/c"), needs(8)),
        Row("delete with a wrong version", .delete, Request.delete("/p/c", version: 9), needs(8, .badVersion)),
        Row("delete of a node with children", .delete, Request.delete("/p/full"), needs(8, .notEmpty)),
        Row("delete of a missing node", .delete, Request.delete("/p/no"), needs(8, .noNode)),
        Row("delete of a bad path", .delete, Request.delete("/p/."), needs(8, .noNode)),
        Row("delete with a slash at the end", .delete, Request.delete("/p/"), needs(8, .noNode)),
        Row("delete with a NUL", .delete, Request.delete("/p/\0"), [.badArguments]),
        Row("delete below a missing node", .delete, Request.delete("/p/no/no"), [.noNode]),
        Row("delete of a special node", .delete, Request.delete("/zookeeper"), [.badArguments]),
        // What is asked is the parent, and that allows everything here.
        Row("delete of the node itself", .delete, Request.delete("/p", version: 9), [.badVersion]),
    ]

    /// What a multi's only operation, or its last, is told.
    static let parts: [Row] = [
        Row("check", .check, Request.delete("/p"), needs(1)),
        Row("check with a wrong version", .check, Request.delete("/p", version: 9), needs(1, .badVersion)),
        Row("setData with a wrong version", .setData, Request.setData("/p", version: 9), needs(2, .badVersion)),
        Row("create of an existing node", .create2, Request.create("/p/c"), needs(4, .nodeExists)),
        Row("delete with a wrong version", .delete, Request.delete("/p/c", version: 9), needs(8, .badVersion)),
        Row("delete", .delete, Request.delete("/p/c"), needs(8)),
    ]

    /// - Parameter outstanding: whether nothing of what makes the nodes has been applied.
    private func leader(_ permissions: Int32, outstanding: Bool) -> Leader {
        let leader = Leader()
        let owner = leader.somebody([Self.owner])
        for body in [
            Request.create("/p", acl: Self.list(permissions)), Request.create("/p/c"), Request.create("/p/full"),
            Request.create("/p/full/x"),
        ] {
            #expect(leader.prepare(.create, body, as: owner) == .ok)
            if !outstanding { leader.apply() }
        }
        return leader
    }

    @Test(arguments: rows, [false, true]) func isZooKeepers(row: Row, outstanding: Bool) {
        for (permissions, answer) in zip(Self.permissions, row.answers) {
            let leader = leader(permissions, outstanding: outstanding)
            let asker = leader.state.identities(at: .local)
            if row.op.isWrite {
                #expect(leader.prepare(row.op, row.body, as: asker) == answer, "\(permissions)")
            } else {
                leader.apply()
                let reply = ByteWriter()
                leader.state.setIdentities(of: 5, to: asker)
                let code = row.body.withUnsafeBytes { leader.state.read(row.op, body: $0, watcher: 5, reply: reply) }
                #expect(code == answer, "\(permissions)")
                #expect((reply.count > 0) == (answer == .ok))
            }
        }
    }

    @Test(arguments: parts, [false, true]) func isZooKeepersInAMulti(row: Row, outstanding: Bool) {
        for (permissions, answer) in zip(Self.permissions, row.answers) {
            let leader = leader(permissions, outstanding: outstanding)
            let asker = leader.state.identities(at: .local)
            let first = (OpCode.create, Request.create("/before", acl: Self.list(0)))
            let code = leader.prepare(.multi, Request.multi([first, (row.op, row.body)]), as: asker)
            #expect(code == answer, "\(permissions)")
            let failure = answer == .ok ? nil : MultiFailure(operationCount: 2, failedIndex: 1, error: answer)
            #expect(leader.changes.multiFailure == failure)
            // The list of what the multi made is forgotten with it.
            let after = leader.prepare(.delete, Request.delete("/before"), as: asker)
            #expect(after == (answer == .ok ? .ok : .noNode))
        }
    }

    /// Whoever makes a node for others has no rights to it, from the next operation on.
    @Test func aMultiHasNoRightsToWhatItGivesAway() {
        let leader = Leader()
        let asker = leader.state.identities(at: .local)
        for (op, body) in [
            (OpCode.check, Request.delete("/m")), (.setData, Request.setData("/m")), (.create, Request.create("/m/x")),
        ] {
            let parts = [(OpCode.create, Request.create("/m", acl: Self.list(0))), (op, body)]
            #expect(leader.prepare(.multi, Request.multi(parts), as: asker) == .noAuth)
            #expect(leader.changes.multiFailure?.failedIndex == 1)
        }
        #expect(leader.changes.paths.live == 0)
    }

    /// The super user may write the configuration node and make nodes below it; ZooKeeper 3.8.0 says the same.
    @Test func onlyTheSuperUserWritesTheConfiguration() {
        let leader = Leader()
        let (nobody, superUser) = (ReplicatedState.nobody, leader.superUser)
        for (op, body) in [
            (OpCode.setData, Request.setData("/zookeeper/config", version: 9)),
            (.setACL, Request.setACL("/zookeeper/config", ACL.openUnsafe, version: 9)),
            (.create, Request.create("/zookeeper/config/x")),
        ] {
            #expect(leader.prepare(op, body, as: nobody) == .noAuth)
        }
        #expect(leader.run(.setData, Request.setData("/zookeeper/config", [7]), as: superUser) == .ok)
        #expect(leader.run(.create, Request.create("/zookeeper/config/x"), as: superUser) == .ok)
        #expect(leader.run(.delete, Request.delete("/zookeeper/config/x"), as: nobody) == .noAuth)
        #expect(leader.run(.delete, Request.delete("/zookeeper/config/x"), as: superUser) == .ok)
        #expect(leader.run(.delete, Request.delete("/zookeeper/config"), as: superUser) == .badArguments)
        #expect(leader.state.data("/zookeeper/config") == .some([7]))
    }
}
