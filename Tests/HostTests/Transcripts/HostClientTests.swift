import Host
import TestSupport
import Testing
import Wire
import Zab

@testable import Replica

/// Bytes of clients in, bytes out. Each test fails with the planted bug that is named beside it (`ZAB_PLANTED`).
struct HostClientTests {
    /// A lone server that serves, with a client whose session is there.
    private func served(
        _ limits: MemberLimits = MemberLimits(),
        readAheadBytes: Int = ClientInlet.readAheadMax
    ) throws -> (rig: HostRig, client: RigSocket) {
        let rig = try HostRig(limits: limits, readAheadBytes: readAheadBytes)
        try serve(rig)
        let client = rig.client("c1")
        rig.receive(RawFrame.connect(timeoutMilliseconds: 1000), on: client)
        rig.endRounds()
        try rig.sync()
        #expect(rig.said() == ["c1 < session"])
        return (rig, client)
    }

    private func serve(_ rig: HostRig) throws {
        rig.endRounds()
        rig.tick()
        try rig.sync()
        #expect(rig.host.member.peer.phase.isServing)
        _ = rig.said()
    }

    // MARK: framing

    /// partial-frame-dropped, frame-cut-at-length-dropped
    @Test func whereverTheBytesAreCutTheAnswersAreTheSame() throws {
        let requests = RawFrame.setData(1) + RawFrame.getData(2) + RawFrame.setData(3)
        for cut in 1..<requests.count {
            let (rig, client) = try served()
            rig.receive(Array(requests[..<cut]), on: client)
            rig.endRounds()
            rig.receive(Array(requests[cut...]), on: client)
            rig.endRounds()
            try rig.sync()
            #expect(rig.said() == ["c1 < reply 1", "c1 < reply 2", "c1 < reply 3"], "cut after \(cut) bytes")
        }
    }

    @Test func aFrameThatNobodyMaySendEndsItsConnectionOnly() throws {
        let (rig, client) = try served()
        let other = rig.client("c2")
        rig.receive([0x7f, 0, 0, 0], on: client)
        #expect(rig.said() == ["c1: frame of 2130706432 bytes, at most 1048575 are allowed", "c1: output shut"])
        rig.receive(RawFrame.connect(timeoutMilliseconds: 1000), on: other)
        rig.endRounds()
        try rig.sync()
        #expect(rig.said() == ["c2 < session"])
    }

    @Test func aWordIsAnsweredAndNoSessionIsBegun() throws {
        let rig = try HostRig()
        let client = rig.client("c1")
        rig.receive(Array("ru".utf8), on: client)
        #expect(rig.said().isEmpty)
        rig.receive(Array("ok".utf8), on: client)
        #expect(rig.said() == ["c1 < imok", "c1: output shut"])
    }

    // MARK: back-pressure

    /// held-client-never-read, taken-counted-twice, passed-over-forgotten
    @Test func aClientThatFillsTheMemberIsHeldBackAndReadAgain() throws {
        var limits = MemberLimits()
        limits.pendingRequestsMax = 1
        let (rig, client) = try served(limits, readAheadBytes: 1)
        rig.receive((1...4).flatMap { RawFrame.setData($0) }, on: client)
        rig.endRounds()
        #expect(rig.said() == ["c1: is not read"])
        for xid in 1...4 {
            try rig.sync()
            let lines = rig.said()
            #expect(lines.contains("c1 < reply \(xid)"), "\(lines)")
            #expect(lines.contains("c1: is read") == (xid == 3), "\(lines)")
        }
    }

    @Test func aPingPassesFramesThatWait() throws {
        var limits = MemberLimits()
        limits.pendingRequestsMax = 1
        let (rig, client) = try served(limits)
        rig.receive(RawFrame.setData(1) + RawFrame.setData(2) + RawFrame.ping, on: client)
        rig.endRounds()
        #expect(rig.said() == ["c1 < reply \(ReservedXid.ping)"])
    }

    /// replies-lost-when-full
    @Test func repliesWaitForAFullSocket() throws {
        let (rig, client) = try served()
        client.room = 0
        rig.receive(RawFrame.getData(1) + RawFrame.setData(2), on: client)
        rig.endRounds()
        try rig.sync()
        #expect(rig.said().isEmpty)
        rig.drain(client)
        #expect(rig.said() == ["c1 < reply 1", "c1 < reply 2"])
    }

    // MARK: ids

    /// connection-id-used-at-once
    @Test func whatIsMeantForAConnectionNeverMeetsTheNextOne() throws {
        let (rig, client) = try served()
        // The member wants this connection closed at the end of the round; it is gone before that.
        rig.receive(RawFrame.make { $0.append(Int32(1)) }, on: client)
        rig.close(by: client)
        let next = rig.client("c2")
        rig.receive(RawFrame.connect(timeoutMilliseconds: 1000), on: next)
        rig.endRounds()
        try rig.sync()
        #expect(rig.said() == ["c2 < session"])
    }

    @Test func aClosedConnectionKeepsNoReplies() throws {
        let (rig, client) = try served()
        client.room = 0
        rig.receive(RawFrame.setData(1, [UInt8](repeating: 7, count: 100_000)), on: client)
        rig.endRounds()
        try rig.sync()
        rig.receive((2...6).flatMap { RawFrame.getData($0) }, on: client)
        rig.endRounds()
        let before = rig.host.member.connections[0].out.capacity
        rig.close(by: client)
        rig.endRounds()
        let after = rig.host.member.connections[0].out.capacity
        #expect(before > 500_000 && after <= ClientConnection.outCapacity)
    }

    @Test func idsAreUsedAgainAfterTheRound() throws {
        let (rig, _) = try served()
        for _ in 0..<5_000 {
            let client = rig.client("c2")
            rig.close(by: client)
            rig.endRounds()
        }
        #expect(rig.host.clients.count == 2)
    }

    // MARK: closing

    /// close-loses-replies, output-shut-too-early
    @Test func aConnectionEndsWhenItsAnswersAreSent() throws {
        let (rig, client) = try served()
        rig.receive(RawFrame.getData(1) + RawFrame.request(2, .closeSession), on: client)
        rig.endRounds()
        #expect(rig.said() == ["c1 < reply 1"])
        client.room = 1
        client.unsent = 0
        try rig.sync()
        #expect(rig.said() == ["c1 < reply 2", "c1: waits until all is sent"])
        // What it still says is forgotten.
        rig.receive(RawFrame.getData(3), on: client)
        rig.endRounds()
        #expect(rig.said().isEmpty)
        rig.drain(client)
        #expect(rig.said() == ["c1: output shut"])
        guard case .client(let id) = client.side else { return #expect(Bool(false)) }
        rig.host.inputEnded(id)
        #expect(rig.said() == ["c1: closed"])
        rig.endRounds()
        #expect(rig.host.clients.allSatisfy { $0 == nil })
    }

    @Test func patienceWithAClientThatDoesNotReadEnds() throws {
        let (rig, client) = try served()
        rig.receive(RawFrame.request(1, .closeSession), on: client)
        rig.endRounds()
        client.room = 1
        try rig.sync()
        #expect(rig.said() == ["c1 < reply 1", "c1: waits until all is sent"])
        rig.tick(after: 990)
        #expect(rig.said().isEmpty)
        rig.tick()
        #expect(rig.said() == ["c1: closed"])
        // The next one with the same id has patience of its own.
        _ = rig.client("c2")
        rig.tick(after: 2_000)
        #expect(rig.said().isEmpty && rig.host.clients.compactMap { $0 }.count == 1)
    }
}
