import Replica
import Wire
import Zab
import Znodes

/// One member without its shell: what it wants done is done in memory and checked, durability comes when it is asked
/// for. Built anew for every input.
final class Rig {
    var member: Member
    let effects = MemberEffects()
    private(set) var now: Nanoseconds = 1_000_000_000
    /// The member said that it cannot go on: allowed, where a peer or a disk lied to it.
    private(set) var fatal: String?
    private(set) var appended: Zxid?
    private var links: [ServerID: Link] = [:]
    private var linkCount: UInt64 = 0
    private var isOpen = [Bool](repeating: false, count: 4)
    private let frames = ByteWriter(capacity: 1024)

    init(_ myself: ServerID, of voters: [ServerID]) {
        member = Member(
            configuration: Configuration(
                myself: myself,
                voters: voters,
                tick: 100_000_000,
                initLimit: 10,
                syncLimit: 5
            ),
            durable: DurableState(),
            state: ReplicatedState(),
            history: RecentHistory(),
            now: now,
            wallClockMilliseconds: 1_700_000_000_000
        )
        member.start(into: effects)
        carryOut()
    }

    func step(_ input: MemberInput) {
        guard fatal == nil else { return }
        member.step(input, into: effects)
        carryOut()
    }

    /// The round ends, and what was appended becomes durable, until nothing more happens.
    func settle() {
        repeat {
            step(.endOfRound)
            guard let zxid = appended else { return }
            appended = nil
            step(.durable(zxid))
        } while fatal == nil
    }

    func advance(milliseconds: UInt64) {
        now += milliseconds * 1_000_000
        step(.tick(now: now, wallClockMilliseconds: 1_700_000_000_000 + Int64(now / 1_000_000)))
    }

    func link(_ id: ServerID, up: Bool) {
        guard (links[id] != nil) != up else { return }
        guard up else { return step(.linkClosed(links.removeValue(forKey: id)!)) }
        linkCount += 1
        let link = Link(id, number: linkCount)
        links[id] = link
        step(.linkOpened(link))
    }

    /// A frame of a peer, as the shell takes it: what does not decode costs the link.
    func receive(_ bytes: UnsafeRawBufferPointer, from id: ServerID) {
        guard let link = links[id], bytes.count > 0, bytes.count <= PeerLink.frameMax else { return }
        guard let frame = try? PeerFrame(decoding: bytes) else { return self.link(id, up: false) }
        step(.frame(link, frame))
    }

    func receive(_ frame: PeerFrame, from id: ServerID) {
        let writer = ByteWriter()
        frame.encode(into: writer)
        receive(UnsafeRawBufferPointer(rebasing: writer.bytes[4...]), from: id)
    }

    // MARK: clients

    func open(_ id: ConnectionID) {
        guard !isOpen[Int(id)], fatal == nil else { return }
        isOpen[Int(id)] = true
        step(.clientOpened(id))
    }

    func close(_ id: ConnectionID) {
        guard isOpen[Int(id)] else { return }
        isOpen[Int(id)] = false
        step(.clientClosed(id))
    }

    func clientFrame(_ id: ConnectionID, _ bytes: UnsafeRawBufferPointer) {
        guard isOpen[Int(id)], member.accepts(id) else { return }
        frames.removeAll()
        frames.append(buffer: bytes)
        _ = member.take(frames.bytes, of: id, into: effects)
        carryOut()
    }

    // MARK: effects

    private func carryOut() {
        var index = 0
        while index < effects.list.count {
            carryOut(effects.list[index])
            index += 1
        }
        for id in effects.dirty { member.takeReplies(id) { Self.check(replies: $0) } }
        effects.removeAll()
    }

    private func carryOut(_ effect: MemberEffect) {
        switch effect {
        case .send(_, let range): check(sent: UnsafeRawBufferPointer(rebasing: effects.bytes.bytes[range]))
        case .writeSnapshotFile(let range): precondition(range.upperBound <= effects.bytes.count)
        case .append(let batch, _): appended = batch.last
        case .truncate: appended = nil
        case .close(let link, _): if links[link.peer] == link { links[link.peer] = nil }
        case .closeClient(let id, _): isOpen[Int(id)] = false
        case .fatal(let reason): fatal = reason
        case .stream(_, let after, let through):
            if let run = member.history.run(after: after, through: through, maxBytes: 1 << 16) {
                precondition(run.last > after && run.last <= through && !run.range.isEmpty)
            }
        case .notify, .dial, .stopDialling, .disbelieved, .sendSnapshot, .persistAcceptedEpoch, .persistCurrentEpoch,
            .confirmIdentity,
            .beginSnapshotFile,
            .installSnapshotFile, .changed:
            break
        }
    }

    /// What this member sends, another one must be able to read.
    private func check(sent bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            guard let length = try? reader.uint32(), length <= PeerLink.frameMax,
                let frame = try? reader.bytes(Int(length)), (try? PeerFrame(decoding: frame)) != nil
            else { fatalError("a member sent what no member reads") }
        }
    }

    private static func check(replies bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            guard let frame = try? reader.nonNullBuffer(), frame.count >= 16 else {
                fatalError("a member answered with what is no frame")
            }
        }
    }

    /// Writes the state out, loads it again, and compares.
    func checkSnapshot() {
        guard fatal == nil else { return }
        let digest = member.state.digest
        _ = member.beginSnapshot()
        let writer = ByteWriter(capacity: 4096)
        while member.nextSnapshotChunk(into: writer, maxBytes: 512) {}
        let loader = SnapshotLoader()
        do {
            try loader.feed(writer.bytes)
            let loaded = try loader.finish()
            precondition(loaded.digest == digest, "a snapshot of another state")
        } catch {
            fatalError("our own snapshot cannot be loaded: \(error)")
        }
    }
}
