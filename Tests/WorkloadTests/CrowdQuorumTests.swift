import Testing

@testable import Workload

/// Observers have no part in the quorum that a proof of a recipe or a storm rests on.
@Suite struct CrowdQuorumTests {
    private struct Unreachable: Error {}

    private func read(_ versions: [Int32?], observers: [Int]) async -> RecipeReadings {
        await RecipeReadings.read(Array(versions.indices), observers: observers) { server in
            guard let version = versions[server] else { throw Unreachable() }
            return RecipeZnodes.Found(version: version, members: [])
        }
    }

    @Test func aQuorumOfARecipeIsOneOfVoters() async {
        // One of three voters, and both observers: three of five servers, and no quorum.
        let few = await read([7, nil, nil, 7, 7], observers: [3, 4])
        #expect(few.unread == "only 1 of 3 voters could be read, 2 needed; 2: Unreachable()")
        let enough = await read([7, 7, nil, nil, nil], observers: [3, 4])
        #expect(enough.unread == nil && enough.found?.version == 7 && enough.violations == [])
        // An observer has no vote, and must not contradict either.
        let other = await read([7, 7, 7, 6], observers: [3])
        #expect(other.unread == nil)
        #expect(other.violations == ["two servers end with 7 writes and 0 items and 6 writes and 0 items"])
    }

    private func changes(_ holders: [[Bool]?], observers: [Int]) async -> StormReport {
        var report = StormReport(plan: StormPlan(fault: .leaderKilled, sessions: 2, watches: 1))
        report.changes = 2
        await report.verify(["/a", "/b"], on: Array(holders.indices), observers: observers) { server in
            guard let holds = holders[server] else { throw Unreachable() }
            return holds
        }
        return report
    }

    @Test func aQuorumOfAStormIsOneOfVoters() async {
        let (all, none) = ([true, true], [true, false])
        let lost = await changes([all, none, none, all, all], observers: [3, 4])
        #expect(lost.changesVerified == 1 && lost.example == "/b was changed on 1 of 3 voters")
        #expect(lost.violation?.contains("1 of 2 changes were not found on a quorum") == true)
        let few = await changes([all, nil, nil, all, all], observers: [3, 4])
        #expect(few.unread?.hasPrefix("only 1 of 3 voters could be read, 2 needed") == true)
        let enough = await changes([all, all, nil, nil, nil], observers: [3, 4])
        #expect(enough.unread == nil && enough.violation == nil && enough.changesVerified == 2)
    }
}
