import Testing

@testable import Workload

@Suite struct FaultSectionTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> WorkloadFile {
        try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: overrides)
    }

    private func complaint(_ yaml: String, _ overrides: [String] = []) -> String {
        do {
            _ = try read(yaml, overrides)
            return ""
        } catch {
            return "\(error)"
        }
    }

    static let open = "load: {mode: open, rate_per_s: 100}\n"

    @Test func everyKeyIsRead() throws {
        let file = try read(
            Self.open + """
                faults: {kinds: [leader_cut, leader_killed, leader_killed], repeats: 3, pause_s: 0.5, watches: 7,
                         state: {znodes: [10, 20], data_bytes: 5}}
                shuffle: false
                """
        )
        let runs = file.plannedRuns()
        // The cut needs the proxy between the servers, which would cost the others time.
        #expect(runs.map(\.ensemble.links.isProxied) == [false, true, false, true])
        #expect(runs.map { $0.faults?.kinds } == [[.leaderKilled], [.leaderCut], [.leaderKilled], [.leaderCut]])
        #expect(runs.map { $0.faults?.state.znodes } == [10, 10, 20, 20])
        let faults = try #require(runs[0].faults)
        #expect(faults.repeats == 3 && faults.pauseSeconds == 0.5 && faults.watches == 7)
        #expect(faults.state.dataBytes == 5)
        #expect(runs.allSatisfy { $0.load.surviveConnectionLoss })
    }

    @Test func withoutTheSectionNothingGoesWrong() throws {
        let runs = try read(Self.open).plannedRuns()
        #expect(runs.allSatisfy { $0.faults == nil && !$0.load.surviveConnectionLoss && $0.rateShare == nil })
    }

    @Test func theOrderIsTheSeeds() {
        let faults = PlannedFaults(kinds: [.leaderKilled, .leaderHung, .followersLost], repeats: 4)
        let order = faults.order(seed: 3)
        #expect(order == faults.order(seed: 3))
        #expect(order != faults.order(seed: 4))
        for kind in faults.kinds { #expect(order.count { $0 == kind } == 4) }
        #expect(order != faults.kinds.flatMap { Array(repeating: $0, count: 4) })
    }

    @Test func aShareStandsForARate() throws {
        let runs = try read("load: {mode: open, rate_share: 0.9, clients: [1, 2]}").plannedRuns()
        #expect(runs.map(\.rateShare) == [0.9, 0.9])
    }

    @Test func whatCannotBeIsRefused() {
        #expect(complaint("faults: {repeats: 1}").contains("closed loop"))
        #expect(complaint(Self.open + "faults: {kinds: [x]}").contains("leader_killed, leader_hung"))
        #expect(complaint(Self.open + "faults: {number: 1}").contains("unknown key faults.number"))
        #expect(complaint(Self.open + "faults: {state: {x: 1}}").contains("unknown key faults.state.x"))
        #expect(complaint(Self.open + "faults: {}\nensemble: {sizes: [5, 1]}").contains("an ensemble of 1"))
        #expect(complaint(Self.open + "faults: {kinds: ensemble_restarted}\nensemble: {sizes: 1}") == "")
        #expect(complaint(Self.open + "faults: {}\nensemble: {placement: embedded}").contains("placement: processes"))
        #expect(
            complaint("load: {mode: open, rate_per_s: 1, mix: {get: 1}}\nfaults: {}").contains("writes nothing")
        )
        #expect(complaint("load: {mode: open, rate_per_s: 1, rate_share: 0.5}").contains("keep one of them"))
        #expect(complaint("load: {mode: open}").contains("rate_share"))
        #expect(complaint("load: {rate_share: 0.5}").contains("set mode: open"))
    }
}
