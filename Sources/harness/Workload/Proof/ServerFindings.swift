import Client
import Wire

/// What one server holds of a run's znodes, held against the ledger while it is read.
///
/// The items are the keys, then the znodes created in the load, then the parents of these.
final class ServerFindings: @unchecked Sendable {
    let endpoint: Endpoint
    /// Whether its voice counts for the quorum; an observer's state is compared all the same.
    let isVoter: Bool
    let ledger: AcknowledgedWrites
    let plan: LoadPlan
    let created: CreatedIndex
    private let filler: [UInt8]
    let itemCount: Int

    /// Per item, how many of its acknowledged writes were not found.
    var missing: [UInt32]
    /// Per item, over existence, data, version and mzxid.
    var digests: [UInt64]
    var unexpected = 0
    var zxid: Int64 = 0
    private(set) var contradictions: [Contradiction] = []
    /// Znodes found that a session has created, by session.
    private var childrenFound: [Int]
    /// By key, which of its session's writes it holds, and by which transaction; only where some were transactions.
    private var held: [(sequence: UInt64, mzxid: Int64)] = []
    var failure: String?

    static let contradictionsMax = 5

    /// - Parameter hasParents: whether what sessions create lies in znodes of theirs.
    init(
        endpoint: Endpoint,
        isVoter: Bool = true,
        ledger: AcknowledgedWrites,
        created: CreatedIndex,
        hasParents: Bool = true
    ) {
        self.endpoint = endpoint
        self.isVoter = isVoter
        self.ledger = ledger
        self.created = created
        plan = ledger.plan
        filler = Payload.filler(size: plan.payloadBytes - Payload.headerSize, seed: plan.seed)
        childrenFound = Array(repeating: 0, count: plan.clients)
        let parents = hasParents && plan.hasCreatedNodes ? plan.clients : 0
        itemCount = plan.keys + created.count + parents
        missing = Array(repeating: 0, count: itemCount)
        digests = Array(repeating: 0, count: itemCount)
        if plan.multi > 1 { held = Array(repeating: (0, 0), count: plan.keys) }
    }

    func encode(_ item: Int, xid: Int32, at place: UnsafeMutableRawPointer) -> Int {
        if item < plan.keys {
            ledger.templates.get.store(xid: xid, number: UInt32(item), at: place)
            return ledger.templates.get.count
        }
        if item < plan.keys + created.count {
            let (session, number) = created[item - plan.keys]
            ledger.templates.getCreated.store(xid: xid, number: UInt32(number), at: place)
            ledger.templates.getCreated.storeSession(UInt32(session), at: place)
            return ledger.templates.getCreated.count
        }
        let path = RunPaths.parent(session: item - plan.keys - created.count, of: plan)
        return RunZnodes.encode(.getData, xid: xid, at: place) { writer in
            writer.append(string: path)
            writer.append(false)
        }
    }

    /// - Returns: why reading cannot go on, or nil.
    func handle(_ item: Int, _ reply: Reply) -> String? {
        if reply.zxid > zxid { zxid = reply.zxid }
        guard reply.error == 0 || reply.error == ErrorCode.noNode.rawValue else {
            return "reading \(path(item)) was answered with the error \(reply.error)"
        }
        do {
            var found: Znode?
            if reply.error == 0 {
                var reader = ByteReader(reply.body)
                let data = try reader.buffer() ?? UnsafeRawBufferPointer(start: nil, count: 0)
                found = Znode(data: data, stat: try Stat(from: &reader))
            }
            if let replay = ledger.replay, item < plan.keys {
                judgeRecorded(item, found, replay)
            } else if item < plan.keys {
                judgeKey(item, found)
            } else if item < plan.keys + created.count {
                judgeCreated(item, found)
            } else {
                judgeParent(item, found)
            }
            return nil
        } catch {
            return "the answer for \(path(item)) cannot be read: \(error)"
        }
    }

    struct Znode {
        var data: UnsafeRawBufferPointer
        var stat: Stat

        var digest: UInt64 {
            ServerFindings.digest(data, position: stat.mzxid, version: UInt64(UInt32(bitPattern: stat.version)))
        }
    }

    static func digest(_ data: UnsafeRawBufferPointer, position: Int64, version: UInt64) -> UInt64 {
        var hash = ByteHash()
        hash.add(data)
        hash.add(UInt64(bitPattern: position))
        hash.add(version)
        return hash.value
    }

    private func path(_ item: Int) -> String {
        if item < plan.keys { return RunPaths.key(item, of: plan) }
        if item < plan.keys + created.count {
            let (session, number) = created[item - plan.keys]
            return RunPaths.created(number, session: session, of: plan)
        }
        return RunPaths.parent(session: item - plan.keys - created.count, of: plan)
    }

    func note(_ item: Int, expected: @autoclosure () -> String, found: @autoclosure () -> String) {
        guard contradictions.count < Self.contradictionsMax else { return }
        contradictions.append(
            Contradiction(path: path(item), expected: expected(), server: endpoint.description, found: found())
        )
    }

    func noteStranger(_ path: String) {
        contradictions.append(
            Contradiction(path: path, expected: "nothing", server: endpoint.description, found: "what nobody wrote")
        )
    }

    // MARK: Keys

    private func judgeKey(_ key: Int, _ found: Znode?) {
        let record = ledger.keys[key]
        guard let found else {
            missing[key] = record.acknowledged
            unexpected += 1
            return note(key, expected: Self.describe(record), found: "no znode")
        }
        digests[key] = found.digest
        let owner = KeySlice.owner(of: key, plan: plan)
        let last = ledger.sessions[owner].sequence
        guard let header = Payload.Header(found.data), found.data.count == plan.payloadBytes,
            header.session == UInt32(owner), header.key == UInt32(key), header.write <= record.sent,
            header.sequence <= last, (header.write == 0) == (header.sequence == 0), hasFiller(found.data)
        else {
            missing[key] = record.acknowledged
            unexpected += 1
            return note(
                key,
                expected: Self.describe(record),
                found: "version \(found.stat.version) with \(found.data.count) bytes that were never written to it: "
                    + (Payload.Header(found.data).map { "\($0)" } ?? "no header")
            )
        }
        if !held.isEmpty { held[key] = (header.sequence, found.stat.mzxid) }
        let version = found.stat.version
        if version < record.lastVersion || header.write < record.lastWrite {
            let behind = max(Int(record.lastVersion) - Int(version), 1)
            missing[key] = UInt32(min(behind, Int(record.acknowledged)))
            note(key, expected: Self.describe(record), found: "version \(version), \(header)")
        } else if !isPossible(record, header, found.stat) {
            unexpected += 1
            note(
                key,
                expected: Self.describe(record),
                found: "version \(version), mzxid \(found.stat.mzxid), \(header)"
            )
        }
    }

    /// Whether a znode that is not behind the last acknowledged write is what that write left, or one of the
    /// unanswered ones after it.
    private func isPossible(_ record: AcknowledgedWrites.KeyRecord, _ header: Payload.Header, _ stat: Stat) -> Bool {
        if stat.version == record.lastVersion {
            return header.write == record.lastWrite && header.sequence == record.lastSequence
                && (record.lastWrite == 0 || stat.mzxid == record.lastMzxid)
        }
        return Int(stat.version) - Int(record.lastVersion) <= Int(record.ambiguousSince)
            && header.write > record.lastWrite && header.sequence > record.lastSequence && stat.mzxid > record.lastMzxid
    }

    private static func describe(_ record: AcknowledgedWrites.KeyRecord) -> String {
        "version \(record.lastVersion) by write \(record.lastWrite) (\(record.acknowledged) acknowledged, "
            + "\(record.ambiguousSince) unanswered since, \(record.sent) sent)"
    }

    func hasFiller(_ data: UnsafeRawBufferPointer) -> Bool {
        UnsafeRawBufferPointer(rebasing: data[Payload.headerSize...]).elementsEqual(filler)
    }

    /// Whether what is there of each transaction without an answer is all of it or nothing. Where a later write has come
    /// over a part nobody can say any more what became of it. To be asked when all keys are read.
    func judgeTransactions() {
        guard !held.isEmpty, failure == nil else { return }
        for (owner, session) in ledger.sessions.enumerated() {
            let slice = KeySlice(session: owner, plan: plan)
            for lost in session.lostTransactions { judge(lost, slice) }
        }
    }

    private func judge(_ lost: SessionWrites.LostTransaction, _ slice: KeySlice) {
        let parts = (0..<plan.multi).map { part in
            (key: slice.first + (lost.firstKey + part) % slice.count, sequence: lost.sequence + UInt64(part))
        }
        let done = parts.filter { held[$0.key].sequence == $0.sequence }
        guard let one = done.first else { return }
        let undone = parts.first { held[$0.key].sequence < $0.sequence }
        let apart = done.first { held[$0.key].mzxid != held[one.key].mzxid }
        guard let other = undone ?? apart else { return }
        unexpected += 1
        note(
            other.key,
            expected: "the transaction that \(path(one.key)) has, with sequence \(other.sequence)",
            found: "sequence \(held[other.key].sequence), mzxid \(held[other.key].mzxid) beside \(held[one.key].mzxid)"
        )
    }

    private func judgeRecorded(_ key: Int, _ found: Znode?, _ replay: ReplayLedger) {
        if let found { digests[key] = found.digest }
        guard let finding = replay.finding(key, found.map { (data: $0.data, stat: $0.stat) }) else { return }
        missing[key] = finding.missing
        if finding.missing == 0 { unexpected += 1 }
        note(key, expected: finding.expected, found: finding.found)
    }

    // MARK: Znodes created in the load

    private func judgeCreated(_ item: Int, _ found: Znode?) {
        if found != nil { childrenFound[created[item - plan.keys].session] += 1 }
        judgeChild(item, found.map { ($0.data, $0.digest) })
    }

    func judgeChild(_ item: Int, _ found: (data: UnsafeRawBufferPointer, digest: UInt64)?) {
        let (session, number) = created[item - plan.keys]
        let nodes = ledger.sessions[session].created
        let create = nodes.created(number)
        let delete = nodes.deleted(number)
        if let found {
            digests[item] = found.digest
            guard let header = Payload.Header(found.data), found.data.count == plan.payloadBytes,
                header.session == UInt32(session), header.key == Payload.createdKey,
                header.sequence == UInt64(number), hasFiller(found.data)
            else {
                unexpected += 1
                return note(item, expected: "what it was created with", found: "\(found.data.count) other bytes")
            }
        }
        switch (create, delete) {
        case (.acknowledged, .acknowledged):
            if found != nil {
                missing[item] = 1
                note(item, expected: "its acknowledged delete", found: "the znode")
            }
        case (.acknowledged, .none), (.acknowledged, .refused):
            if found == nil {
                missing[item] = 1
                note(item, expected: "its acknowledged create", found: "no znode")
            }
        case (.refused, _), (.none, _):
            if found != nil {
                unexpected += 1
                note(item, expected: "no znode, since its create was refused", found: "the znode")
            }
        case (.acknowledged, .unknown), (.unknown, _):
            break
        }
    }

    /// Comes after all its children.
    private func judgeParent(_ item: Int, _ found: Znode?) {
        let session = item - plan.keys - created.count
        guard let found else {
            unexpected += 1
            return note(item, expected: "the parent of created znodes", found: "no znode")
        }
        if Int(found.stat.numChildren) != childrenFound[session] {
            unexpected += 1
            note(item, expected: "\(childrenFound[session]) children", found: "\(found.stat.numChildren)")
        }
    }

    // MARK: Sums

    /// How many acknowledged writes an item stands for.
    static func acknowledged(_ item: Int, ledger: AcknowledgedWrites, created: CreatedIndex) -> Int {
        if item < ledger.plan.keys {
            return Int(ledger.replay?.records[item].acknowledged ?? ledger.keys[item].acknowledged)
        }
        guard item < ledger.plan.keys + created.count else { return 0 }
        let (session, number) = created[item - ledger.plan.keys]
        let nodes = ledger.sessions[session].created
        return (nodes.created(number) == .acknowledged ? 1 : 0) + (nodes.deleted(number) == .acknowledged ? 1 : 0)
    }

    var digest: UInt64 {
        var hash = ByteHash()
        for digest in digests { hash.add(digest) }
        return hash.value
    }

    /// Where this server and another hold different things.
    func firstDifference(from other: ServerFindings) -> Contradiction? {
        guard let item = digests.indices.first(where: { digests[$0] != other.digests[$0] }) else { return nil }
        return Contradiction(
            path: path(item),
            expected: "what \(other.endpoint) holds",
            server: endpoint.description,
            found: "other data, version or zxid"
        )
    }
}

/// A hash over words and bytes, the same on every machine; for comparing, not against an adversary.
struct ByteHash {
    private(set) var value: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func add(_ word: UInt64) {
        let product = (value ^ word ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db)
        value = product.high ^ product.low &+ 0x9e37_79b9_7f4a_7c15
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        add(UInt64(bytes.count))
        var offset = 0
        while bytes.count - offset >= 8 {
            add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian)
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        add(rest)
    }
}
