import Host
import Replica
import TestSupport
import Testing
import Wire
import Zab

/// Bytes of other servers in, bytes out. Each test fails with the planted bug that is named beside it (`ZAB_PLANTED`).
struct HostPeerTests {
    /// Server 3 of three, which 1 votes for: it leads from now on.
    private func elected(logBytesInFlightMax: Int = 64 << 20) throws -> (rig: HostRig, voter: RigSocket) {
        let rig = try HostRig(3, of: 3, logBytesInFlightMax: logBytesInFlightMax)
        let voter = rig.peer("e1", on: .election)
        rig.receive(Said.hello(of: 1, on: .election), on: voter)
        rig.receive(Said.vote(for: 3), on: voter)
        rig.endRounds()
        guard case .preparing = rig.host.member.peer.phase else {
            Issue.record("it is \(rig.host.member.peer.phase)")
            return (rig, voter)
        }
        _ = rig.said()
        return (rig, voter)
    }

    /// A learner, from its hello to the end of its synchronization.
    private func synchronize(_ rig: HostRig, _ link: RigSocket, _ id: UInt8) throws {
        rig.receive(Said.hello(of: id, on: .quorum), on: link)
        rig.receive(Said.message(.learnerInfo(acceptedEpoch: 0, observer: false)), on: link)
        rig.endRounds()
        rig.receive(Said.message(.ackEpoch(currentEpoch: 0, history: HistorySummary())), on: link)
        rig.endRounds()
        rig.receive(Said.message(.ackNewLeader(1)), on: link)
        rig.endRounds()
    }

    // MARK: dialling

    @Test func everyElectionPortIsDialledAtOnceAndAgainLater() throws {
        let rig = try HostRig(1, of: 2)
        #expect(rig.said() == ["dial election 2"])
        for pause in [5, 10, 20] {
            rig.failDial()
            #expect(rig.said() == ["dial election 2 in \(pause) ms"])
            rig.fire(try #require(rig.timers.last))
            #expect(rig.said() == ["dial election 2"])
        }
        let way = rig.dialled(rig.dials[0], as: "e2")
        rig.endRounds()
        #expect(rig.said() == ["e2 < hello", "e2 < notification"])
        rig.close(by: way)
        #expect(rig.said() == ["dial election 2 in 40 ms"], "it has not lasted")
    }

    /// Its having dialled us says that it is there.
    @Test func whoeverDialsUsIsDialledWithoutWaiting() throws {
        let rig = try HostRig(2, of: 2)
        rig.failDial()
        _ = rig.said()
        let voter = rig.peer("e1", on: .election)
        rig.receive(Said.hello(of: 1, on: .election), on: voter)
        #expect(rig.said() == ["dial election 1"])
        let again = rig.peer("e1'", on: .election)
        rig.receive(Said.hello(of: 1, on: .election), on: again)
        #expect(rig.said() == ["e1: closed"], "the newer one counts")
    }

    /// However often it says so, one pause is under way.
    @Test func whoeverDialsUsCutsThePauseShort() throws {
        let rig = try HostRig(2, of: 2)
        for _ in 0..<20 {
            rig.failDial()
            let voter = rig.peer("e1", on: .election)
            rig.receive(Said.hello(of: 1, on: .election), on: voter)
            #expect(rig.dials.count == 1)
        }
        rig.failDial()
        _ = rig.said()
        for timer in rig.timers { rig.fire(timer) }
        #expect(rig.said() == ["dial election 1"])
    }

    /// old-dial-fulfils-new-wish
    @Test func whatWasDialledForAnEarlierLeaderIsOfNoUse() throws {
        let rig = try HostRig(1, of: 3)
        let voters = [rig.peer("e2", on: .election), rig.peer("e3", on: .election)]
        for (place, voter) in voters.enumerated() {
            rig.receive(Said.hello(of: UInt8(place + 2), on: .election), on: voter)
        }
        // 3 is to lead, and goes before it is reached; then 2 and 3 agree on 2.
        rig.receive(Said.vote(for: 3), on: voters[0])
        rig.receive(Said.vote(for: 3), on: voters[1])
        rig.endRounds()
        let old = try #require(rig.dials.first { $0.port == .quorum })
        #expect(old.peer == ServerID(3))
        for _ in 0..<100 where rig.host.member.wish != nil { rig.tick(after: 50) }
        #expect(rig.host.member.wish == nil, "patience with the leader is over")
        _ = rig.said()
        _ = rig.dialled(old, as: "q3")
        #expect(rig.said() == ["q3: closed"], "without a word, which would take the place of another link there")
    }

    // MARK: opening

    /// bytes-behind-hello-dropped
    @Test func whereverAHelloIsCutWhatFollowsItIsHeard() throws {
        let said = Said.hello(of: 1, on: .quorum) + Said.message(.learnerInfo(acceptedEpoch: 0, observer: false))
        for cut in 1...said.count {
            let (rig, _) = try elected()
            let link = rig.peer("q1", on: .quorum)
            rig.receive(Array(said[..<cut]), on: link)
            rig.receive(Array(said[cut...]), on: link)
            rig.endRounds()
            #expect(rig.said() == ["q1 < leaderInfo"], "cut after \(cut) bytes")
        }
    }

    @Test func strangersAreShownOut() throws {
        let (rig, _) = try elected()
        let cases: [([UInt8], String)] = [
            (Said.hello(of: 9, on: .quorum), "says it is server 9, which is not another server of this ensemble"),
            (Said.hello(of: 3, on: .quorum), "says it is server 3, which is not another server of this ensemble"),
            (Said.hello(of: 1, on: .election), "not a zabbench peer (first bytes "),
        ]
        for (hello, reason) in cases {
            let socket = rig.peer("x", on: .quorum)
            rig.receive(hello, on: socket)
            let lines = rig.said()
            #expect(lines.count == 2 && lines[0].hasPrefix("x: \(reason)") && lines[1] == "x: closed", "\(lines)")
        }
    }

    // MARK: links

    /// effect-on-next-link
    @Test func whatIsMeantForALinkNeverMeetsTheNextOne() throws {
        let (rig, _) = try elected()
        let first = rig.peer("q1", on: .quorum)
        rig.receive(Said.hello(of: 1, on: .quorum), on: first)
        rig.receive(Said.message(.learnerInfo(acceptedEpoch: 0, observer: false)), on: first)
        // LEADERINFO is on its way to the first link when its learner comes back.
        let second = rig.peer("q1'", on: .quorum)
        rig.receive(Said.hello(of: 1, on: .quorum), on: second)
        rig.endRounds()
        #expect(rig.said() == ["q1 < leaderInfo", "q1: closed"])
        #expect(rig.host.links.count == 1)
    }

    @Test func aLinkWhoseEndIsDecidedHasNothingMoreToSay() throws {
        let (rig, _) = try elected()
        let links = [rig.peer("q1", on: .quorum), rig.peer("q1'", on: .quorum)]
        for link in links { rig.receive(Said.hello(of: 1, on: .quorum), on: link) }
        // In the same turn something comes on the first link, which is to be closed for the second.
        rig.receive(Said.message(.learnerInfo(acceptedEpoch: 0, observer: false)), on: links[0])
        rig.endRounds()
        #expect(rig.said() == ["q1: closed"])
    }

    @Test func whatNoPeerSaysEndsItsLinkOnly() throws {
        let (rig, _) = try elected()
        let said: [[UInt8]] = [
            RawFrame.make { $0.append(250 as UInt8) }, [0, 0, 0, 0], [0x7f, 0, 0, 0],
            // A whole frame, at the wrong time.
            Said.frame(.snapshotEnd),
        ]
        for bytes in said {
            let link = rig.peer("q1", on: .quorum)
            rig.receive(Said.hello(of: 1, on: .quorum) + bytes, on: link)
            rig.endRounds()
            let lines = rig.said()
            #expect(lines.count == 2 && lines.last == "q1: closed", "\(lines)")
            #expect(rig.host.links.isEmpty && rig.host.failure == nil)
        }
    }

    // MARK: back-pressure

    /// paused-peer-never-resumed
    @Test func peersAreHeldBackWhileTheLogIsBehind() throws {
        let (rig, _) = try elected(logBytesInFlightMax: 1)
        let link = rig.peer("q1", on: .quorum)
        try synchronize(rig, link, 1)
        #expect(rig.host.member.peer.phase.isServing)
        _ = rig.said()
        let client = rig.client("c1")
        rig.receive(RawFrame.connect(timeoutMilliseconds: 1000), on: client)
        rig.endRounds()
        #expect(rig.said().first == "q1: is not read")
        try rig.sync()
        #expect(rig.said().contains("q1: is read"))
    }

    /// heartbeat-waits-behind-records
    @Test func signsOfLifePassTheHistory() throws {
        let (rig, _) = try elected()
        let link = rig.peer("q1", on: .quorum)
        try synchronize(rig, link, 1)
        _ = rig.said()
        link.room = 1
        link.unsent = 1
        let client = rig.client("c1")
        rig.receive(RawFrame.connect(timeoutMilliseconds: 1000), on: client)
        rig.endRounds()
        for _ in 0..<6 { rig.tick() }
        #expect(rig.said().filter { $0.hasPrefix("q1") }.isEmpty)
        (link.room, link.unsent) = (.max, 0)
        guard case .peer(let connection) = link.side else { return #expect(Bool(false)) }
        rig.host.becameWritable(connection)
        let lines = rig.said()
        #expect(lines.first == "q1 < ping" && lines.contains("q1 < proposals"), "\(lines)")
    }
}
