import Wire

/// What is asked of ZooKeeper once, to be recorded: each operation, each way in which it fails, each event.
public enum GoldenScript {
    private static let open: [Field] = [.int(1), .int(31), .text("world"), .text("anyone")]
    private static let onlyAlice: [Field] = [.int(1), .int(31), .text("digest"), .text(Identities.alice)]

    /// Four clients: of no identity, alice, super, and one that comes and goes.
    static let actions: [Action] = connecting + creating + reading + writing + multis + watching + refusals + leaving

    private static func opening(_ identity: (String, String)? = nil, hasReadOnly: Bool = true) -> Opening {
        var opening = Opening()
        opening.hasReadOnly = hasReadOnly
        opening.identity = identity.map { (scheme: $0.0, secret: $0.1) }
        return opening
    }

    private static func one(_ seat: Int, _ calls: Call...) -> [Action] { calls.map { .burst(seat, [$0]) } }

    private static func create(
        _ op: OpCode,
        _ path: String,
        _ flags: Int32,
        data: [UInt8]? = [1, 2, 3],
        acl: [Field]? = nil,
        ttl: Int64? = nil
    ) -> Call {
        Call(op, [.text(path), .text(data)] + (acl ?? open) + [.int(flags)] + (ttl.map { [.long($0)] } ?? []))
    }

    private static func read(_ op: OpCode, _ path: String, watch: Bool = false) -> Call {
        Call(op, [.text(path), .byte(watch ? 1 : 0)])
    }

    private static func setData(_ path: String, _ data: [UInt8]?, _ version: Int32 = -1) -> Call {
        Call(.setData, [.text(path), .text(data), .int(version)])
    }

    private static func delete(_ path: String, _ version: Int32 = -1) -> Call {
        Call(.delete, [.text(path), .int(version)])
    }

    private static let connecting: [Action] = {
        var ahead = opening()
        ahead.sees = .ahead
        var wrong = opening()
        wrong.password = .wrong
        return [
            .open(0, opening()), .open(1, opening(("digest", "alice:secret"), hasReadOnly: false)),
            .open(2, opening(("digest", "super:secret"))), .open(3, ahead), .open(3, opening()), .drop(3),
            .reopen(3, wrong), .reopen(3, opening()), .reopen(3, opening(hasReadOnly: false)),
        ] + one(0, Call(.ping, xid: ReservedXid.ping), Call(.whoAmI)) + one(1, Call(.whoAmI))
    }()

    private static let creating: [Action] =
        one(
            0,
            create(.create, "/a", 0),
            create(.create, "/a/e", 1),
            create(.create, "/a/s-", 2),
            create(.create, "/a/es-", 3),
            create(.create2, "/a/two", 0, data: nil),
            create(.create2, "/a/two-", 2, data: []),
            create(.createContainer, "/a/c", 4),
            create(.createTTL, "/a/t", 5, ttl: 60_000),
            create(.createTTL, "/a/t-", 6, ttl: 60_000),
            create(.create, "/a", 0),
            create(.create, "/none/x", 0),
            create(.create, "/a/", 0),
            create(.create, "/a/e/child", 0),
            create(.create2, "/a/flags", 9),
            create(.createTTL, "/a/ttl", 5, ttl: -1),
            create(.create, "/a/acl", 0, acl: [.int(0)]),
            create(.create, "/a/acl", 0, acl: [.int(1), .int(31), .text("nobody"), .text("x")])
        ) + one(1, create(.create, "/mine", 0, acl: [.int(1), .int(31), .text("auth"), .text("")]))

    private static let reading: [Action] =
        one(
            0,
            read(.exists, "/a"),
            read(.exists, "/none"),
            read(.getData, "/a"),
            read(.getData, "/a/two"),
            read(.getData, "/none"),
            read(.getData, "/mine"),
            read(.getChildren, "/a"),
            read(.getChildren, "/none"),
            read(.getChildren, "/mine"),
            read(.getChildren2, "/a"),
            read(.getChildren2, "/none"),
            Call(.getACL, [.text("/a")]),
            Call(.getACL, [.text("/mine")]),
            Call(.getACL, [.text("/none")]),
            Call(.getACL, [.text("/zookeeper/config")]),
            Call(.getEphemerals, [.text("/a")]),
            Call(.getEphemerals, [.text("/b")]),
            Call(.getAllChildrenNumber, [.text("/a")]),
            Call(.getAllChildrenNumber, [.text("/none")]),
            Call(.sync, [.text("/a")]),
            Call(
                .multiRead,
                Generator.header(4) + [.text("/a"), .byte(0)] + Generator.header(8) + [.text("/a"), .byte(0)]
                    + Generator.header(4) + [.text("/none"), .byte(0)] + Generator.multiEnd
            )
        ) + one(1, Call(.getACL, [.text("/mine")]), read(.getData, "/mine"))
        + one(2, read(.getData, "/mine"))

    private static let writing: [Action] =
        one(
            0,
            setData("/a", [4, 5], 0),
            setData("/a", [6], 0),
            setData("/a", nil),
            setData("/a", []),
            setData("/none", [1]),
            setData("/mine", [1]),
            setData("/a/", [1]),
            delete("/a/two", 1),
            delete("/a"),
            delete("/none"),
            delete("/"),
            delete("/a/two", 0),
            Call(.setACL, [.text("/a")] + onlyAlice + [.int(7)]),
            Call(.setACL, [.text("/none")] + open + [.int(-1)]),
            Call(.setACL, [.text("/a"), .int(-1), .int(-1)]),
            Call(.setACL, [.text("/mine")] + open + [.int(-1)])
        ) + one(1, Call(.setACL, [.text("/mine")] + onlyAlice + [.int(0)]))

    private static func part(_ op: OpCode, _ call: Call) -> [Field] { Generator.header(op.rawValue) + call.fields }

    private static let multis: [Action] = one(
        0,
        Call(
            .multi,
            part(.create, create(.create, "/m", 0)) + part(.create2, create(.create2, "/m/two", 1))
                + part(.createContainer, create(.createContainer, "/m/c", 4))
                + part(.createTTL, create(.createTTL, "/m/t", 5, ttl: 1000)) + part(.setData, setData("/m", [9], 0))
                + part(.check, delete("/m", 1)) + part(.delete, delete("/m/two", 0)) + Generator.multiEnd
        ),
        Call(
            .multi,
            part(.setData, setData("/m", [8])) + part(.check, delete("/m", 9)) + part(.delete, delete("/m"))
                + Generator.multiEnd
        ),
        Call(.multi, Generator.multiEnd)
    )

    private static func watch(_ path: String, _ mode: Int32) -> Call { Call(.addWatch, [.text(path), .int(mode)]) }

    private static func watches(_ op: OpCode, _ path: String, _ type: Int32) -> Call {
        Call(op, [.text(path), .int(type)])
    }

    private static func again(_ op: OpCode, _ lists: [String]...) -> Call {
        Call(
            op,
            [.changesAgo(4)] + lists.flatMap { list in [.int(Int32(list.count))] + list.map { Field.text($0) } },
            xid: ReservedXid.setWatches
        )
    }

    private static let watching: [Action] =
        one(
            3,
            read(.exists, "/w", watch: true),
            read(.getData, "/a", watch: true),
            read(.getChildren, "/a", watch: true)
        )
        + one(0, create(.create, "/w", 0), setData("/a", [1]), create(.create, "/a/new", 0))
        + one(3, read(.getData, "/w", watch: true), read(.getChildren2, "/w", watch: true))
        + one(0, delete("/w")) + one(3, watch("/p", 0), watch("/r", 1), watch("/r", 2))
        + one(
            0,
            create(.create, "/p", 0),
            setData("/p", [1]),
            create(.create, "/p/x", 0),
            create(.create, "/r", 0),
            create(.create, "/r/x", 0),
            setData("/r/x", [1]),
            delete("/r/x"),
            delete("/p/x"),
            delete("/p")
        )
        + one(
            3,
            watches(.checkWatches, "/p", 3),
            watches(.checkWatches, "/none", 3),
            watches(.checkWatches, "/p", 9),
            read(.getData, "/a", watch: true),
            watches(.removeWatches, "/a", 2),
            watches(.removeWatches, "/p", 3),
            watches(.removeWatches, "/r", 3),
            watches(.removeWatches, "/none", 1)
        )
        + one(
            3,
            again(.setWatches, ["/a", "/m", "/gone"], ["/a", "/gone"], ["/a", "/m"]),
            again(.setWatches2, ["/gone"], [], [], ["/r"], ["/m"])
        ) + one(0, setData("/m", [3]), create(.create, "/gone", 0), create(.create, "/m/x", 0), setData("/r", [1]))
        + one(3, Call(.ping, xid: ReservedXid.ping))

    private static let refusals: [Action] =
        one(0, Call(.reconfig, [.text(nil), .text(nil), .text("server.1=127.0.0.1:1:1;2"), .long(-1)]))
        + one(
            2,
            create(.create, "/zookeeper/quota/m", 0),
            create(
                .create,
                "/zookeeper/quota/m/zookeeper_limits",
                0,
                data: Array("count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=5".utf8)
            ),
            create(.create, "/zookeeper/quota/m/zookeeper_stats", 0, data: Array("count=5,bytes=4".utf8))
        )
        + one(
            0,
            create(.create, "/m/last", 0),
            create(.create, "/m/over", 0),
            create(.create2, "/m/over", 0),
            Call(.multi, part(.create, create(.create, "/m/over", 0)) + Generator.multiEnd),
            setData("/m/last", [1, 2, 3, 4, 5]),
            read(.getData, "/zookeeper/quota/m/zookeeper_stats")
        )
        + one(2, setData("/zookeeper/quota/m/zookeeper_limits", Array("byteHardLimit=20".utf8)))
        + one(
            0,
            setData("/m/last", Array(repeating: 7, count: 30)),
            create(.createTTL, "/m/over", 5, data: Array(repeating: 7, count: 30), ttl: 60_000),
            delete("/m/last"),
            read(.getData, "/zookeeper/quota/m/zookeeper_stats")
        )
        + [
            .burst(0, [cut(read(.getData, "/a"))]), .burst(0, [cut(create(.create, "/cut", 0))]),
            .ending(3, Call(.auth, [.int(0), .text("nobody"), .text("x")], xid: ReservedXid.auth)),
            .open(3, opening()),
            .burst(3, [Call(.auth, [.int(0), .text("digest"), .text("bob:secret")], xid: ReservedXid.auth)]),
            .ending(3, Call(code: 99)), .reopen(3, opening()), .burst(3, [Call(code: 20, [.text("/a/c")])]),
        ]

    private static func cut(_ call: Call) -> Call {
        var call = call
        call.damage = .cutShort(5)
        return call
    }

    private static let leaving: [Action] =
        one(3, read(.exists, "/a/e", watch: true), create(.create, "/a/mine", 1))
        + [.ending(0, Call(.closeSession))] + one(3, Call(.ping, xid: ReservedXid.ping))
        + [
            // A session that is over is refused, and what stands behind its end is not answered.
            .reopen(0, opening()), .ending(3, Call(.closeSession)),
            .burst(1, [Call(.closeSession), create(.create, "/late", 0)]), .reopen(1, opening()),
            .ending(2, Call(.closeSession)),
        ]
}
