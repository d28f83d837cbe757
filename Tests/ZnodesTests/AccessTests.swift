import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Who somebody is, and what lists make of it.
@Suite struct AccessTests {
    private let alice = Identity.digest("alice:one")
    private let bob = Identity.digest("bob:two")

    private func packet(_ scheme: String?, _ secret: [UInt8]?) -> [UInt8] {
        Request.make {
            $0.append(Int32(0))
            if let scheme { $0.append(string: scheme) } else { $0.appendNull() }
            if let secret { secret.withUnsafeBytes($0.append(buffer:)) } else { $0.appendNull() }
        }
    }

    private func authenticate(
        _ state: ReplicatedState,
        _ old: IdentitiesID,
        _ scheme: String?,
        _ secret: [UInt8]?
    ) throws -> IdentitiesID? {
        try packet(scheme, secret).withUnsafeBytes {
            var reader = ByteReader($0)
            return state.identities(old, with: try AuthPacket(from: &reader), from: .local)
        }
    }

    /// What whoAmI tells them.
    private func names(_ state: ReplicatedState, _ identities: IdentitiesID) throws -> [String] {
        state.setIdentities(of: 3, to: identities)
        let reply = ByteWriter()
        #expect(
            state.read(.whoAmI, body: UnsafeRawBufferPointer(start: nil, count: 0), watcher: 3, reply: reply) == .ok
        )
        var reader = ByteReader(reply.bytes)
        let count = try #require(try reader.vectorCount(minimumSize: 8))
        return try (0..<count).map { _ in "\(try reader.string()):\(try reader.string())" }
    }

    // MARK: who somebody is

    /// The answers are those of ZooKeeper 3.8.0, but for their order.
    @Test func provesWhatItKnows() throws {
        let state = ReplicatedState()
        state.access.superDigest = "super:lK75jTNcA+U9vtVEw5vB51mj/w4="
        let first = state.identities(at: .local)
        #expect(try names(state, first) == ["ip:127.0.0.1"])
        let alice = try #require(try authenticate(state, first, "digest", Array("alice:one".utf8)))
        #expect(try names(state, alice) == ["ip:127.0.0.1", "digest:alice"])
        // Once more is nothing new, and neither is the address.
        #expect(try authenticate(state, alice, "digest", Array("alice:one".utf8)) == alice)
        #expect(try authenticate(state, alice, "ip", Array("anything".utf8)) == alice)
        let odd = try ["nocolon", "", "x:", ":y"].reduce(alice) {
            try #require(try authenticate(state, $0, "digest", Array($1.utf8)))
        }
        #expect(
            try names(state, odd) == [
                "ip:127.0.0.1", "digest:alice", "digest:nocolon", "digest:", "digest:x", "digest:",
            ]
        )
        let repaired = try #require(try authenticate(state, first, "digest", [0xff, 0xfe, 0x3a, 0x70]))
        #expect(try names(state, repaired) == ["ip:127.0.0.1", "digest:\u{fffd}\u{fffd}"])
        let superUser = try #require(try authenticate(state, first, "digest", Array("super:secret".utf8)))
        #expect(try names(state, superUser) == ["ip:127.0.0.1", "super:", "digest:super"])
        for scheme in ["nobody", "world", "auth", "super", "x509", "sasl", "", nil] {
            #expect(try authenticate(state, first, scheme, Array("x".utf8)) == nil)
        }
        #expect(try authenticate(state, first, "digest", nil) == nil)
    }

    /// Somebody who goes on proving comes to an end, by number and by size.
    @Test func proofsAreBounded() throws {
        let state = ReplicatedState()
        var identities = state.identities(at: .local)
        var proved = 1
        while let more = try authenticate(state, identities, "digest", Array("u\(proved):p".utf8)) {
            state.release(identities)
            identities = more
            proved += 1
            #expect(proved <= IdentityTable.idsMax)
        }
        #expect(proved == IdentityTable.idsMax)
        #expect(state.identitiesCount == 1)
        let long = [UInt8](repeating: 0x75, count: IdentityTable.bytesMax)
        let other = state.identities(at: ClientAddress(bytes: [10, 0, 0, 1]))
        #expect(try authenticate(state, other, "digest", long) == nil)
        let secret = Array("u:".utf8) + [UInt8](repeating: 0x70, count: IdentityTable.secretBytesMax - 2)
        #expect(try authenticate(state, other, "digest", secret + [0x70]) == nil)
        let largest = try #require(try authenticate(state, other, "digest", secret))
        state.release(largest)
        state.release(identities)
        state.release(other)
        #expect(state.identitiesCount == 0)
    }

    @Test func equalSetsAreOneAndGoWithTheirLastHolder() {
        let state = ReplicatedState()
        let sets = (0..<100).map { _ in state.identities(at: .local) }
        #expect(Set(sets).count == 1)
        #expect(state.identitiesCount == 1)
        state.setIdentities(of: 7, to: sets[0])
        for set in sets { state.release(set) }
        #expect(state.identitiesCount == 1)
        state.removeWatcher(7)
        #expect(state.identitiesCount == 0)
    }

    @Test func whatAnotherServerNamesIsChecked() {
        let state = ReplicatedState()
        let many = (0...IdentityTable.idsMax).map { Identity(scheme: "digest", id: "u\($0):h") }
        let bad: [[UInt8]] = [
            [], [0, 0], [0, 0, 0, 1], [0, 0, 0, 0, 7], bytes(hex: "00000001ffffffff00000000"),
            bytes(hex: "000000010000000161ffffffff"), bytes(hex: "7fffffff"),
            Request.make { Identity.encode(many, into: $0) },
            Request.make {
                let id = String(repeating: "x", count: IdentityTable.bytesMax)
                Identity.encode([Identity(scheme: "digest", id: id)], into: $0)
            },
        ]
        for bytes in bad {
            #expect(throws: WireError.self) { try bytes.withUnsafeBytes { try state.identities(named: $0) } }
        }
        #expect(state.identitiesCount == 0)
    }

    // MARK: lists

    /// What ZooKeeper 3.8.0 made of each, from a client that had proved one digest; nil: the request fails as malformed.
    @Test func listsAreZooKeepers() {
        let lists: [(scheme: String, id: String, code: ErrorCode)] = [
            ("x509", "CN=a", .invalidACL), ("sasl", "a", .invalidACL), ("super", "", .invalidACL),
            ("ip", "::1", .invalidACL), ("ip", "", .invalidACL), ("ip", "1.2.3.4/8/9", .invalidACL),
            ("ip", "1.2.3.4/-1", .invalidACL), ("ip", "1.2.3", .invalidACL), ("ip", "1.2.3.4.5", .invalidACL),
            ("ip", "1.2.3.+", .invalidACL), ("ip", "1..3.4", .invalidACL),
            ("ip", "+1.2.3.4", .ok), ("ip", "-0.2.3.4", .ok), ("ip", "01.2.3.4/08", .ok), ("ip", "1.2.3.4/+8", .ok),
            ("ip", "1.2.3.4/-0", .ok),
            ("digest", "a:b:", .ok), ("digest", "a:b::", .ok), ("digest", ":b", .ok), ("digest", "::", .invalidACL),
            ("digest", "", .invalidACL), ("digest", "a:", .invalidACL), ("digest", "a:b:c", .invalidACL),
            ("auth", "", .ok), ("auth", "zzz", .ok),
        ]
        for (scheme, id, code) in lists {
            let entry = ACL(permissions: 31, scheme: scheme, id: id)
            let leader = Leader()
            let asker = leader.user("u:p")
            #expect(leader.run(.create, Request.create("/v", acl: [entry]), as: asker) == code, "\(entry)")
        }
    }

    /// As ZooKeeper fails over a null id, and refuses a null scheme.
    @Test func nullsInLists() {
        let leader = Leader()
        func create(_ scheme: String?, _ id: String?) -> [UInt8] {
            Request.make { writer in
                writer.append(string: "/v")
                writer.append(Int32(0))
                writer.append(Int32(1))
                writer.append(Int32(31))
                for text in [scheme, id] {
                    if let text { writer.append(string: text) } else { writer.appendNull() }
                }
                writer.append(Int32(0))
            }
        }
        #expect(leader.run(.create, create("digest", nil)) == .marshallingError)
        #expect(leader.run(.create, create("world", nil)) == .marshallingError)
        #expect(leader.run(.create, create(nil, "x")) == .invalidACL)
        #expect(leader.run(.create, create("unknown", nil)) == .invalidACL)
        // What is wrong with the path comes first.
        let nul = create("world", nil).map { $0 == UInt8(ascii: "v") ? 0 : $0 }
        #expect(leader.run(.create, nul) == .badArguments)
        #expect(leader.run(.create, create("auth", nil), as: leader.user("u:p")) == .ok)
    }

    /// Duplicates are looked for before anything is judged, and a null in one that is compared is a failure. The answers
    /// are those of ZooKeeper 3.8.0.
    private static let listsWithNulls: [(entries: [(Int32, String?, String?)], code: ErrorCode)] = [
        ([(2, "world", "anyone"), (2, "world", "anyone"), (16, "digest", nil)], .marshallingError),
        ([(17, "digest", nil), (1, "digest", ""), (17, "digest", nil)], .marshallingError),
        ([(1, "unknown", "x"), (1, nil, "anyone")], .marshallingError),
        ([(1, "unknown", "x"), (2, nil, "anyone")], .invalidACL),
        ([(1, "unknown", "x"), (1, "world", nil)], .invalidACL),
    ]

    @Test(arguments: 0..<5) func nullsBesideOthers(index: Int) {
        let (entries, expected) = Self.listsWithNulls[index]
        let leader = Leader()
        let body = Request.make { writer in
            writer.append(string: "/v")
            writer.append(Int32(0))
            writer.append(Int32(entries.count))
            for (permissions, scheme, id) in entries {
                writer.append(permissions)
                for text in [scheme, id] {
                    if let text { writer.append(string: text) } else { writer.appendNull() }
                }
            }
            writer.append(Int32(0))
        }
        #expect(leader.run(.create, body) == expected)
    }

    @Test func authIsWhoeverAsks() {
        let leader = Leader()
        let both = leader.somebody([Identity(scheme: "ip", id: "1.2.3.4"), alice, .superUser, bob])
        let auth = ACL(permissions: 5, scheme: "auth", id: "")
        #expect(
            leader.run(.create, Request.create("/a", acl: [auth, .anybody(1), ACL(5, alice), auth]), as: both) == .ok
        )
        // What was there twice goes, what comes twice of it stays.
        #expect(leader.state.acl("/a", watcher: 9)?.map(\.permissions) == [5, 5, 1, 5])
        leader.state.setIdentities(of: 9, to: leader.superUser)
        #expect(leader.state.acl("/a", watcher: 9) == [ACL(5, alice), ACL(5, bob), .anybody(1), ACL(5, alice)])
        let somewhere = leader.state.identities(at: .local)
        #expect(leader.run(.create, Request.create("/b", acl: [auth]), as: somewhere) == .invalidACL)
        #expect(leader.run(.setACL, Request.setACL("/a", [auth]), as: both) == .ok)
        #expect(leader.state.acl("/a", watcher: 9) == [ACL(5, alice), ACL(5, bob)])
    }

    /// A list of which a client's proofs would make more than a transaction holds, or more entries than a list may have.
    @Test func expandedListsAreBounded() {
        let leader = Leader()
        let ids = (0..<IdentityTable.idsMax).map { Identity(scheme: "digest", id: "user\($0):hash") }
        let everybody = leader.somebody(ids)
        let auths = (1...Int32(16)).map { ACL(permissions: $0, scheme: "auth", id: "") }
        #expect(leader.run(.create, Request.create("/a", acl: auths), as: everybody) == .ok)
        let more = auths + [ACL(permissions: 17, scheme: "auth", id: "")]
        #expect(leader.run(.create, Request.create("/b", acl: more), as: everybody) == .invalidACL)
        let large = [UInt8](repeating: 1, count: RecordLayout.payloadMax - 400)
        #expect(leader.run(.create, Request.create("/c", data: large, acl: auths), as: everybody) == .invalidACL)
        #expect(leader.run(.create, Request.create("/c", data: large), as: everybody) == .ok)
        let part = (OpCode.create, Request.create("/d", data: Array(large.dropLast(100)), acl: auths))
        #expect(leader.run(.multi, Request.multi([part]), as: everybody) == .invalidACL)
    }

    @Test func addressesMatchByTheirLeadingBits() {
        func rights(_ pattern: String, _ address: [UInt8]) -> Int32 {
            let list = Request.make { ACL.encode([ACL(permissions: 3, scheme: "ip", id: pattern)], into: $0) }
            let address = ClientAddress(bytes: address)
            let ids = Request.make { Identity.encode([address.identity!], into: $0) }
            return list.withUnsafeBytes { list in ids.withUnsafeBytes { AccessRights.granted(by: list, to: $0) } }
        }
        #expect(rights("127.0.0.1", [127, 0, 0, 1]) == 3)
        #expect(rights("127.0.0.1", [127, 0, 0, 2]) == 0)
        #expect(rights("127.0.0.0/30", [127, 0, 0, 3]) == 3)
        #expect(rights("127.0.0.0/30", [127, 0, 0, 4]) == 0)
        #expect(rights("1.2.3.4/0", [255, 0, 0, 4]) == 3)
        #expect(rights("129.0.0.0/1", [255, 1, 1, 1]) == 3)
        #expect(rights("129.0.0.0/1", [127, 1, 1, 1]) == 0)
        #expect(rights("+127.00.-0.1/032", [127, 0, 0, 1]) == 3)
        // An IPv4 address within IPv6 is one; no other address of IPv6 is meant by anything.
        #expect(rights("127.0.0.1", [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 127, 0, 0, 1]) == 3)
        #expect(rights("0.0.0.0/0", [UInt8](repeating: 0, count: 15) + [1]) == 0)
    }

    @Test func rightsAreTheUnionOfWhatIsMeant() {
        let list = Request.make {
            ACL.encode([ACL(1, alice), ACL(2, bob), ACL(4, alice), .anybody(16), ACL(8, .superUser)], into: $0)
        }
        func rights(_ ids: [Identity]) -> Int32 {
            let ids = Request.make { Identity.encode(ids, into: $0) }
            return list.withUnsafeBytes { list in ids.withUnsafeBytes { AccessRights.granted(by: list, to: $0) } }
        }
        #expect(rights([]) == 16)
        #expect(rights([alice]) == 21)
        #expect(rights([bob, alice]) == 23)
        #expect(rights([.digest("alice:two")]) == 16)
        #expect(rights([Identity(scheme: "sasl", id: alice.id)]) == 16)
    }

    // MARK: reading

    /// As ZooKeeper 3.8.0 showed it to somebody who might read the node and not set its list.
    @Test func digestsAreMasked() {
        let leader = Leader()
        let list = [
            ACL(31, bob), .anybody(1), ACL(permissions: 31, scheme: "digest", id: "a:b:"),
            ACL(permissions: 31, scheme: "digest", id: ":b"), ACL(permissions: 31, scheme: "ip", id: "1.2.3.4"),
        ]
        #expect(leader.run(.create, Request.create("/mask", acl: list)) == .ok)
        var masked = list
        for (index, id) in [(0, "bob:x"), (2, "a:x"), (3, ":x")] { masked[index].id = id }
        #expect(leader.state.acl("/mask", watcher: 1) == masked)
        leader.state.setIdentities(of: 1, to: leader.somebody([bob]))
        #expect(leader.state.acl("/mask", watcher: 1) == list)
        leader.state.setIdentities(of: 1, to: leader.superUser)
        #expect(leader.state.acl("/mask", watcher: 1) == list)
    }

    @Test func skippingListsAllowsEverythingAndShowsIt() {
        let leader = Leader()
        #expect(leader.run(.create, Request.create("/a", acl: [ACL(31, bob)])) == .ok)
        #expect(leader.run(.setData, Request.setData("/a")) == .noAuth)
        #expect(leader.read(.getData, "/a").0 == .noAuth)
        leader.state.access.isSkipped = true
        #expect(leader.run(.setData, Request.setData("/a")) == .ok)
        #expect(leader.read(.getData, "/a").0 == .ok)
        #expect(leader.state.acl("/a", watcher: 1) == [ACL(31, bob)])
    }

    /// A right is lost with the list that gave it, also while that is on its way; what was judged before is not kept.
    @Test func rightsFollowWhatIsOutstanding() {
        let leader = Leader()
        let (alices, bobs) = (leader.somebody([alice]), leader.somebody([bob]))
        #expect(leader.prepare(.create, Request.create("/a", acl: [ACL(31, alice)]), as: alices) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a"), as: bobs) == .noAuth)
        #expect(leader.prepare(.setACL, Request.setACL("/a", [ACL(31, bob)]), as: alices) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a"), as: alices) == .noAuth)
        #expect(leader.prepare(.setData, Request.setData("/a"), as: bobs) == .ok)
        leader.apply(1)
        #expect(leader.prepare(.setData, Request.setData("/a"), as: alices) == .noAuth)
        leader.apply()
        #expect(leader.prepare(.setData, Request.setData("/a"), as: alices) == .noAuth)
        #expect(leader.prepare(.setData, Request.setData("/a"), as: bobs) == .ok)
        #expect(leader.changes.paths.live == 0)
    }

    /// However a list comes to an end, its slot is free afterwards.
    @Test func listsOfWhatIsProposedAreReleased() {
        let leader = Leader()
        let alices = leader.somebody([alice])
        let lists = leader.state.acls.live
        func list(_ permissions: Int32) -> [ACL] { [ACL(31, alice), .anybody(permissions)] }
        // A multi that fails behind a create, a delete and a write.
        #expect(leader.run(.create, Request.create("/old", acl: list(3)), as: alices) == .ok)
        let parts: [(OpCode, [UInt8])] = [
            (.create, Request.create("/m", acl: list(1))), (.setData, Request.setData("/m")),
            (.create, Request.create("/m/n", acl: list(2))), (.delete, Request.delete("/m/n")),
            (.delete, Request.delete("/old")), (.create, Request.create("/old", acl: list(4))),
            (.check, Request.delete("/none")),
        ]
        #expect(leader.prepare(.multi, Request.multi(parts), as: alices) == .noNode)
        #expect(leader.state.acls.live == lists + 1)
        // One that is done, and one whose reign ends before.
        #expect(leader.prepare(.multi, Request.multi(Array(parts.dropLast())), as: alices) == .ok)
        #expect(leader.prepare(.setACL, Request.setACL("/old", list(8)), as: alices) == .ok)
        leader.apply()
        #expect(leader.state.acls.live == lists + 2)
        #expect(leader.prepare(.setACL, Request.setACL("/old", list(16)), as: alices) == .ok)
        #expect(leader.prepare(.create, Request.create("/new", acl: list(16)), as: alices) == .ok)
        #expect(leader.state.acls.live == lists + 3)
        leader.changes.removeAll(in: leader.state)
        #expect(leader.state.acls.live == lists + 2)
    }

    // MARK: events

    @Test func whoMayNotReadHearsNothing() {
        let leader = Leader()
        let (alices, bobs) = (leader.somebody([alice]), leader.somebody([bob]))
        leader.state.setIdentities(of: 1, to: alices)
        leader.state.setIdentities(of: 2, to: bobs)
        let secret = [ACL(31, alice)]
        func heard() -> [String] {
            defer { leader.events = [] }
            return leader.events.map { "\($0.watcher) \($0.type) \(String(decoding: $0.path, as: UTF8.self))" }.sorted()
        }
        for watcher in 1...2 as ClosedRange<WatcherID> {
            #expect(leader.read(.exists, "/s", watcher: watcher).0 == .noNode)
            #expect(leader.read(.getChildren, "/", watcher: watcher).0 == .ok)
        }
        #expect(leader.run(.create, Request.create("/s", acl: secret), as: alices) == .ok)
        #expect(heard() == ["1 1 /s", "1 4 /", "2 4 /"])
        // Everybody may ask whether the node exists; the watch is used up whether it is heard or not.
        for watcher in 1...2 as ClosedRange<WatcherID> {
            #expect(leader.read(.exists, "/s", watcher: watcher).0 == .ok)
        }
        #expect(leader.state.watchCount == 2)
        #expect(leader.run(.setData, Request.setData("/s"), as: alices) == .ok)
        #expect(heard() == ["1 3 /s"])
        #expect(leader.state.watchCount == 0)
        #expect(leader.read(.getChildren, "/s", watcher: 1).0 == .ok)
        #expect(leader.read(.getChildren, "/s", watcher: 2).0 == .noAuth)
        #expect(leader.read(.exists, "/s", watcher: 2).0 == .ok)
        #expect(leader.run(.create, Request.create("/s/c"), as: alices) == .ok)
        #expect(heard() == ["1 4 /s"])
        #expect(leader.run(.delete, Request.delete("/s/c"), as: alices) == .ok)
        // The list that the node has when it goes, and who somebody is then.
        #expect(leader.read(.getData, "/s", watcher: 1).0 == .ok)
        #expect(leader.run(.setACL, Request.setACL("/s", [ACL(31, bob)]), as: alices) == .ok)
        #expect(leader.run(.delete, Request.delete("/s"), as: alices) == .ok)
        #expect(heard() == ["2 2 /s"])
    }

    @Test func setWatchesTellsNobodyMoreThanItsWatchesWould() {
        let leader = Leader()
        leader.state.setIdentities(of: 1, to: leader.somebody([alice]))
        #expect(leader.run(.create, Request.create("/s", acl: [ACL(31, alice)])) == .ok)
        for watcher in 1...2 as ClosedRange<WatcherID> {
            let body = Request.setWatches(since: 0, data: ["/s", "/gone"], exist: ["/s"], children: ["/s"])
            var events: [WatchEvent] = []
            let code = body.withUnsafeBytes {
                leader.state.answerWatchRequest(
                    .setWatches,
                    body: $0,
                    watcher: watcher,
                    reply: ByteWriter(),
                    events: &events
                )
            }
            #expect(code == .ok)
            #expect(events.map(\.type) == (watcher == 1 ? [3, 2, 1, 4] : [2]))
        }
    }
}
