import Client
import Report
import Results
import TestSupport
import Testing
import Workload

@testable import Bench
@testable import Targets

/// The closed loop that a curve's rates are shares of: how warm it is, and what is kept of it.
@Suite struct CurveCapacitiesTests {
    private static func points() throws -> [PlannedRun] {
        try WorkloadFile(yaml: "load: {mode: curve, shares: [0.5, 1]}", source: "w.yaml").plannedRuns()
    }

    private static func outcome(_ capacity: Double?, isProven: Bool, isViolated: Bool = false) -> JudgedRun {
        var row = Samples.row(repeatNumber: 1, achieved: 50)
        row.capacityPerSecond = capacity
        return JudgedRun(row: row, isViolated: isViolated, isProven: isProven, wasInterrupted: false)
    }

    @Test func aCapacityIsKeptOnlyIfItsWritesWereProven() throws {
        let points = try Self.points()
        var capacities = CurveCapacities()
        capacities.note(Self.outcome(300, isProven: false, isViolated: true), before: points[0])
        #expect(capacities[points[1]] == nil)
        capacities.note(Self.outcome(200, isProven: false), before: points[0])
        #expect(capacities[points[1]] == nil)
        capacities.note(Self.outcome(100, isProven: true), before: points[0])
        #expect(capacities[points[0]] == 100 && capacities[points[1]] == 100)
        // What was found before it stands, whatever becomes of a later point.
        capacities.note(Self.outcome(100, isProven: false, isViolated: true), before: points[1])
        #expect(capacities[points[1]] == 100)
    }

    @Test func theClosedLoopIsAsWarmAsItsPoints() throws {
        var load = try #require(try Self.points().first).load
        load.warmUpSeconds = 10
        let closed = BenchRun.closedLoop(before: load)
        #expect(closed.warmUpSeconds == 10 && closed.mode == .closed && closed.durationSeconds == 2)
        load.warmUpSeconds = 0
        #expect(BenchRun.closedLoop(before: load).warmUpSeconds == 1)
    }

    /// A lost write of one load is not hidden by what nobody could look for in the other.
    @Test func theWorseOfTwoProofsCounts() {
        typealias Proof = RunValidity.Proof
        let (lost, unknown) = (Proof.violated("1 lost"), Proof.unverified("gone"))
        #expect(Proof.proven.joined(with: .proven) == .proven)
        #expect(Proof.proven.joined(with: unknown) == unknown && unknown.joined(with: .proven) == unknown)
        #expect(unknown.joined(with: lost) == lost && lost.joined(with: unknown) == lost)
        #expect(lost.of("the closed loop's writes") == .violated("the closed loop's writes: 1 lost"))
        #expect(Proof.proven.of("the closed loop's writes") == .proven)
    }

    @Test func onlyZooKeepersProtocolHasAGeneratorBound() {
        let etcd = ExternalSurvey(etcd: [Endpoint(host: "h1", port: 1)], warnings: [])
        // Servers that run already are of the system that the workload says by default.
        #expect(!GeneratorBounds.isOf(.zabbench, etcd))
        #expect(GeneratorBounds.isOf(.zabbench, nil) && GeneratorBounds.isOf(.zookeeper, nil))
        #expect(!GeneratorBounds.isOf(.etcd, nil) && !GeneratorBounds.isOf(.yardstick, nil))
    }
}
