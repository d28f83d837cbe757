import Simulator
import Testing

@testable import Exact

/// What is counted, and that it is the same every time.
@Suite struct ExactCountsTests {
    @Test(arguments: [Loads.serial, Loads.busy])
    func twoRunsCountTheSame(load: ScriptedLoad) throws {
        let first = try Loads.counts(of: load)
        #expect(try Loads.counts(of: load) == first)
        for metric in ExactMetric.allCases where metric != .allocations && metric != .directorySyncs {
            let value = try #require(first[metric])
            #expect(value > 0, "\(metric)")
        }
        #expect(first[.allocations] == nil, "nobody counted them")
    }

    /// Figures that can be worked out by hand: a client at the leader waits for its request, the proposal, the follower's
    /// sync, the acknowledgement and the answer.
    @Test func aSerialWriteCostsWhatTheProtocolSays() throws {
        let counts = try Loads.counts(of: Loads.serial)
        #expect(counts[.operations] == 16 && counts[.writes] == 16)
        #expect(counts[.proposals] == 16 && counts[.batches] == 16)
        #expect(counts[.loggedRecords] == 48 && counts[.groupCommits] == 48)
        #expect(counts[.syncs] == 48)
        #expect(counts.ratio(.messageDelays, to: .operations) == 4)
        #expect(counts.ratio(.syncWaits, to: .operations) == 1)
    }

    @Test func aServerAloneWaitsForItsOwnSync() throws {
        let load = ScriptedLoad(name: "alone", servers: 1, operations: 8)
        let counts = try Loads.counts(of: load)
        #expect(counts[.messages] == 0)
        #expect(counts.ratio(.messageDelays, to: .operations) == 2)
        #expect(counts.ratio(.syncWaits, to: .operations) == 1)
        #expect(counts[.syncs] == 8)
    }

    @Test func groupsShareTheirSyncs() throws {
        let load = ScriptedLoad(name: "pipelined", servers: 3, outstanding: 16, operations: 64, connection: .leader)
        let counts = try Loads.counts(of: load)
        let (groups, records) = (try #require(counts[.groupCommits]), try #require(counts[.loggedRecords]))
        #expect(records == 3 * 64)
        #expect(groups < records / 2)
        #expect(counts[.syncs] == groups)
    }

    @Test func anotherSeedIsAnotherLoad() throws {
        var other = Loads.busy
        other.seed += 1
        #expect(try Loads.counts(of: other) != Loads.counts(of: Loads.busy))
    }

    @Test func decimalsAreExact() {
        #expect(ExactMetric.syncWaits.text(1_005) == "1.005")
        #expect(ExactMetric.messageDelays.text(-7) == "-0.07")
        #expect(ExactMetric.syncs.text(12) == "12")
        #expect(ExactMetric.syncWaits.value(1.005) == 1_005)
        #expect(ExactMetric.syncs.value(1.5) == nil && ExactMetric.syncs.value(-1) == nil)
    }
}
