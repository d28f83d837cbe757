import Client
import NIOPosix
import Results
import Targets
import TestSupport
import Testing
import Workload

/// `zabbench run` with recipes and storms, short, on real servers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CrowdRunTests {
    private let folder = TemporaryFolder()

    private func run(_ workload: String, _ arguments: [String] = []) throws -> ProgramRun {
        try folder.write(workload.utf8, "w.yaml")
        return try ProgramRun(
            ZabbenchProgram.path(),
            ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"] + arguments,
            in: folder.path,
            environment: ["ZOOKEEPER_JVMFLAGS": "-Xmx128m"]
        )
    }

    private func rows<Row: ResultRow>(_: Row.Type) throws -> [Row] {
        let text = String(decoding: try folder.read("r/latest/\(Row.file)"), as: UTF8.self)
        return try ResultsFile<Row>(parsing: text).rows
    }

    // MARK: Recipes

    /// Plays a recipe for a moment, and checks that it kept its promise and left nothing behind.
    private func play(_ recipe: Recipe, contenders: Int, on endpoints: [Endpoint]) async throws -> LoadResult {
        var plan = LoadPlan(
            clients: contenders,
            outstanding: 1,
            keys: contenders,
            warmUpSeconds: 0,
            durationSeconds: 0.5,
            runID: "\(recipe.rawValue)-\(contenders)"
        )
        plan.recipe = recipe
        let group = MultiThreadedEventLoopGroup.singleton
        let result = try await LoadGenerator.run(
            plan: plan,
            endpoints: endpoints,
            leader: nil,
            eventLoopGroup: group,
            cleansUpOnFailure: true,
            progress: { _ in }
        )
        let outcome = try #require(result.recipe)
        #expect(outcome.violations == [] && outcome.unread == nil && outcome.unfinished == 0)
        #expect(result.completed > 0 && result.errorsTotal == 0 && result.unfinished == 0)
        #expect(outcome.writesAcknowledged >= result.completed)
        let client = try await ZooKeeperClient.connect(endpoints: endpoints.map(\.description), eventLoopGroup: group)
        try await client.sync()
        #expect(try await client.getChildren("/") == ["zookeeper"])
        await client.close()
        return result
    }

    @Test func everyRecipeKeepsItsPromise() async throws {
        let ensemble = try await TestEnsemble()
        do {
            let endpoints = ensemble.servers.endpoints
            for (recipe, writes) in [(Recipe.lock, 3.0), (.election, 4.0), (.queue, 2.0), (.config, 1.0)] {
                let alone = try await play(recipe, contenders: 1, on: endpoints)
                let outcome = try #require(alone.recipe)
                // Who is under way when the load ends is counted in part.
                #expect(
                    abs(Double(outcome.writes) - writes * Double(alone.completed)) <= writes,
                    "\(recipe) \(outcome)"
                )
                let crowd = try await play(recipe, contenders: 9, on: endpoints)
                if recipe == .config { #expect((crowd.recipe?.reads ?? 0) >= 9 * (crowd.completed - 1)) }
            }
        } catch {
            await ensemble.stop()
            throw error
        }
        await ensemble.stop()
    }

    // MARK: Storms

    @Test func aCrowdComesBackWithItsWatches() throws {
        let result = try run(
            """
            name: storm
            shuffle: false
            ensemble: {sizes: 3}
            null_target: true
            warmup_s: 1
            load: {mode: storm, clients: 300, watches: 4, fault: [connections_cut, leader_killed], rate_per_s: 4000}
            """
        )
        let storms = try rows(StormRow.self)
        #expect(storms.map(\.fault) == ["connections_cut", "leader_killed"], "\(result.errors)")
        for storm in storms {
            #expect(storm.sessions == 300 && storm.lost == 300 && storm.back == 300 && storm.expired == 0, "\(storm)")
            #expect(storm.watchesDue == 1200 && storm.watchesFired == 1200)
            let times = [
                storm.firstMilliseconds, storm.medianMilliseconds, storm.p99Milliseconds, storm.lastMilliseconds,
            ].compactMap { $0 }
            #expect(times.count == 4 && times == times.sorted() && times[0] > 0)
            #expect(storm.boundMilliseconds ?? 0 > 0 && storm.readsPerSecondBefore ?? 0 > 0)
        }
        for row in try rows(SummaryRow.self) {
            #expect(row.load.mode == "storm" && row.load.clients == 300 && row.load.stormWatches == 4)
            // The changes of the watched znodes.
            #expect(row.proof.writesAcknowledged == 1000 && row.proof.acknowledgedVerified == 1000)
            #expect(!row.invalidReasons.contains { $0.contains("violated") || $0.contains("verified") })
        }
        let words = result.output.replacing("\n", with: " ")
        #expect(words.contains("All 600 sessions came back with the same id"), "\(result.output)")
        let shown = try ProgramRun(ZabbenchProgram.path(), ["show", "r/latest", "--part", "storms"], in: folder.path)
        #expect(shown.status == 0 && shown.output.contains("leader killed"), "\(shown.errors)")
    }

    /// One server and one storm: the Java machine takes longer than all the rest.
    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func zooKeepersCrowdComesBackToo() async throws {
        let result = try run(
            """
            name: storm
            ensemble: {sizes: 1, systems: zookeeper}
            warmup_s: 0.5
            load: {mode: storm, clients: 200, watches: 2, rate_per_s: 2000}
            """
        )
        let storm = try #require(try rows(StormRow.self).first, "\(result.errors)")
        #expect(storm.lost == 200 && storm.back == 200 && storm.watchesFired == 400 && storm.tag.system == "zookeeper")
    }
}
