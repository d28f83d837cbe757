import Randomness
import Wire

/// Draws what clients do next, from a seed and from what ZooKeeper has answered so far.
struct Generator {
    /// What is known of a znode.
    struct Versions {
        var data: Int32 = 0
        var acl: Int32 = 0
    }

    let settings: DuelSettings
    var random: SplitMix64
    var pool = PathPool()
    var versions: [[UInt8]: Versions] = [:]
    /// What each client watches, as far as it remembers.
    var watched: [WatchedPaths]
    /// A client that is about to come back.
    var returning: Int?

    init(_ settings: DuelSettings) {
        self.settings = settings
        random = SplitMix64(seed: settings.seed, stream: 1)
        watched = Array(repeating: WatchedPaths(), count: settings.seats)
    }

    mutating func chance(_ one: Int, in many: Int) -> Bool { random.below(many) < one }
    mutating func pick<Element>(_ list: [Element]) -> Element { list[random.below(list.count)] }

    /// - Parameter isOpen: whether the seat has a connection.
    mutating func action(isOpen: (Int) -> Bool) -> Action {
        if let seat = returning.take(), isOpen(seat), let again = watchAgain(seat) { return .burst(seat, [again]) }
        let action = draw(isOpen)
        remember(action)
        return action
    }

    private mutating func draw(_ isOpen: (Int) -> Bool) -> Action {
        let seat = random.below(settings.seats)
        guard isOpen(seat) else { return chance(1, in: 3) ? .reopen(seat, reopening()) : .open(seat, opening(seat)) }
        switch random.below(1000) {
        case ..<15: return .burst(seat, [.ping])
        case ..<600: return .burst(seat, [call()])
        case ..<970: return .burst(seat, calls())
        case ..<978: return .burst(seat, [addAuth(isGood: true)])
        case ..<982: return .ending(seat, addAuth(isGood: false))
        case ..<985: return .ending(seat, Call(.closeSession))
        case ..<989: return .ending(seat, strange())
        case ..<991: return .ending(seat, malformed())
        case ..<993: return .garbage(seat, garbage())
        case ..<996: return .drop(seat)
        case ..<998: return .reopen(seat, reopening())
        default: return .open(seat, opening(seat))
        }
    }

    // MARK: Requests

    /// A few in one go. A multi that ends in an exception leaves its changes outstanding in ZooKeeper for some time, so one
    /// that may do so comes last, as does what counts only when it is applied.
    private mutating func calls() -> [Call] {
        var calls: [Call] = []
        for _ in 0..<2 + random.below(7) {
            calls.append(call())
            if calls.last!.op == OpCode.multi.rawValue, calls.last!.fields.contains(.text(nil)) { break }
            if calls.last!.countsWhenApplied { break }
            if chance(1, in: 25) { calls.append(.ping) }
        }
        return calls
    }

    mutating func call() -> Call {
        switch random.below(100) {
        case ..<45: write()
        case ..<90: read()
        default: watch()
        }
    }

    mutating func write() -> Call {
        if pool.created.count > 200, chance(1, in: 3) { return Call(.delete, deleting(pool.existing(&random))) }
        switch random.below(100) {
        case ..<38: return create()
        case ..<55: return Call(.delete, deleting(pool.any(&random)))
        case ..<72: return Call(.setData, settingData(target()))
        case ..<82: return setACL()
        default: return multi()
        }
    }

    mutating func version(_ known: Int32?) -> Int32 {
        switch random.below(20) {
        case ..<9: -1
        case ..<16: known ?? 0
        case ..<18: (known ?? 0) &+ 1
        default: pick([-2, .min, .max, 0, 1])
        }
    }

    mutating func version(of path: [UInt8]?) -> Int32 { version(path.flatMap { versions[$0]?.data }) }

    /// What quota nodes say: nothing else may be in them, since ZooKeeper ends while it applies a write below a quota
    /// whose statistics it cannot read.
    private mutating func quota() -> [UInt8] {
        let texts = [
            "count=5,bytes=100", "count=3,bytes=-1", "count=-1,bytes=20", "count=-1,bytes=-1",
            "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=4",
            "count=-1,bytes=-1=;byteHardLimit=30;countHardLimit=-1",
            "countHardLimit=2", "byteHardLimit=10", "count=0,bytes=0",
        ]
        return Array(pick(texts).utf8)
    }

    mutating func data(of path: [UInt8]?) -> [UInt8]? {
        if let path, path.starts(with: "/zookeeper/quota/".utf8), path.count > 20 { return quota() }
        return switch random.below(40) {
        case 0: nil
        case ..<5: []
        case 39 where chance(1, in: 100): [UInt8](repeating: 7, count: 1_000_000)
        case ..<39: (0..<1 + random.below(12)).map { _ in UInt8(97 + random.below(26)) }
        default: [UInt8](repeating: 7, count: 1000 + random.below(3000))
        }
    }

    /// Of a setData. ZooKeeper counts the versions of its configuration from -1 in an ensemble.
    private mutating func target() -> [UInt8]? {
        let path = pool.any(&random)
        return settings.isEnsemble && path == Array("/zookeeper/config".utf8) ? [] : path
    }

    mutating func deleting(_ path: [UInt8]?) -> [Field] { [.text(path), .int(version(of: path))] }
    mutating func settingData(_ path: [UInt8]?) -> [Field] {
        [.text(path), .text(data(of: path)), .int(version(of: path))]
    }

    mutating func create() -> Call {
        let op: OpCode = pick([.create, .create, .create, .create2, .create2, .createContainer, .createTTL])
        return Call(op, creating(op))
    }

    /// The fields of a create of this kind; also of one in a multi.
    mutating func creating(_ op: OpCode) -> [Field] {
        var path = pool.any(&random)
        var flags: Int32
        switch op {
        // With the flag of an ephemeral ZooKeeper's leader takes it for one until it is applied.
        case .createContainer: flags = chance(9, in: 10) ? 4 : pick([0, 2, 4, 5, 6, 7, 8, -1])
        case .createTTL: flags = pick([5, 5, 5, 6, 6, 0, 1, 4, 7])
        default: flags = pick([0, 0, 0, 0, 1, 1, 2, 3, 0, 1, Int32(random.below(10) - 1)])
        }
        // Whether what else ends with that session still counts would be up to the order of a hash table.
        if flags == 1, path == Array("/zookeeper/quota/q/zookeeper_limits".utf8) { flags = 0 }
        if flags == 2 || flags == 3 || flags == 6, chance(9, in: 10) {
            // Below the root numbers go on from play to play, so that none could be played again.
            if let root = path, root.lastIndex(of: UInt8(ascii: "/")) == 0 { path = root + [UInt8(ascii: "/")] }
            path = path.map { $0 + Array(pick(["/n-", "", "-", "/"]).utf8) }
        }
        var fields: [Field] = [.text(path), .text(data(of: path))]
        fields += acl()
        fields.append(.int(flags))
        if op == .createTTL {
            // ZooKeeper dies of a negative one in a mode that has none.
            let isTTL = flags == 5 || flags == 6
            let ends: [Int64] = isTTL ? [0, 1, -1, 0xff_ffff_ffff, 0x100_0000_0000, .max, .min, -2] : [0, 1, .max]
            fields.append(.long(chance(3, in: 4) ? 3_600_000 : pick(ends)))
        }
        return fields
    }

    mutating func setACL() -> Call {
        let path = pool.any(&random)
        let known = path.flatMap { versions[$0]?.acl }
        return Call(.setACL, [.text(path)] + acl() + [.int(version(known))])
    }

    mutating func acl() -> [Field] {
        if chance(3, in: 4) { return [.int(1), .int(31), .text("world"), .text("anyone")] }
        if chance(1, in: 20) { return [.int(pick([-1, 0]))] }
        let count = 1 + random.below(3)
        var list: [Field] = [.int(Int32(count))]
        var entries: [[Field]] = []
        for index in 0..<count {
            if index > 0, chance(1, in: 4) {
                entries.append(entries[0])
                continue
            }
            let permissions: Int32 = pick([
                31, 31, 31, 1, 2, 3, 4, 8, 12, 16, 15, 17, 0, 32, -1, Int32(random.below(32)),
            ])
            let id = pick(Identities.all)
            entries.append([.int(permissions), .text(id.0.map { Array($0.utf8) }), .text(id.1.map { Array($0.utf8) })])
        }
        for entry in entries { list += entry }
        return list
    }

    mutating func read() -> Call {
        let path = Field.text(pool.any(&random))
        let isWatching = Field.byte(chance(1, in: 4) ? 1 : 0)
        switch random.below(100) {
        case ..<18: return Call(.exists, [path, isWatching])
        case ..<38: return Call(.getData, [path, isWatching])
        case ..<48: return Call(.getChildren, [path, isWatching])
        case ..<60: return Call(.getChildren2, [path, isWatching])
        case ..<72: return Call(.getACL, [path])
        case ..<78: return Call(.getEphemerals, [chance(1, in: 3) ? .text(pick(["", "/", " ", "/a", "a"])) : path])
        case ..<83: return Call(.getAllChildrenNumber, [path])
        case ..<87: return Call(.whoAmI)
        case ..<93: return multiRead()
        default: return Call(.sync, [path])
        }
    }

    mutating func watch() -> Call {
        // ZooKeeper stores a watch of null, and loses a thread when it is removed.
        let path = Field.text(pool.any(&random) ?? [])
        switch random.below(10) {
        case ..<4: return Call(.addWatch, [path, .int(pick([0, 1, 0, 1, 0, 1, 2, -1]))])
        case ..<6: return Call(.removeWatches, [path, .int(pick([1, 2, 3, 1, 2, 3, 0, 4, -1]))])
        case ..<8: return Call(.checkWatches, [path, .int(pick([1, 2, 3, 1, 2, 3, 0, 4, -1]))])
        default: return setWatches()
        }
    }

    mutating func setWatches() -> Call {
        let op: OpCode = chance(1, in: 2) ? .setWatches : .setWatches2
        let since: Field = pick([.changesAgo(0), .changesAgo(random.below(30)), .long(0), .long(-1), .long(.max)])
        var fields = [since]
        for _ in 0..<(op == .setWatches ? 3 : 5) {
            guard chance(29, in: 30) else {
                fields.append(.int(-1))
                continue
            }
            let count = pick([0, 1, 1, 2])
            fields.append(.int(Int32(count)))
            for _ in 0..<count { fields.append(.text(pool.any(&random) ?? [])) }
        }
        return Call(op, fields, xid: ReservedXid.setWatches)
    }
}
