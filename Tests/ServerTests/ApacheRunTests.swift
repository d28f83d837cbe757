import Client
import Foundation
import TestSupport
import Testing
import Wire

/// `zabbench run --connect` on Apache ZooKeeper's own servers, with the whitelist that they have by default and with
/// another.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: ApacheEnsemble.isInstalled, "apt-get install zookeeper"))
struct ApacheRunTests {
    @Test func threeServersWithTheUsualWhitelist() async throws {
        try await ApacheEnsemble.with(size: 3) { ensemble in
            let desk = try ConnectDesk()
            // Blanks are no fault.
            // Three cold Java machines need a while for the operations that a valid run needs.
            let run = try desk.run(ensemble.connect.replacing(",", with: ", "), ["--set", "duration_s=10"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("ensemble.sizes, log left out"), "\(run.errors)")
            let row = try desk.row()
            #expect(row["system"] == "zookeeper" && row["system_version"] == "3.8.0" && row["ensemble_size"] == "3")
            #expect(row["leader_id"]?.isEmpty == false && row["valid"] == "true", "\(row)")
            #expect(row["fsync_strategy"] == "" && row["batch_policy"] == "")
            #expect(!run.output.contains("none_recycled") && !run.errors.contains("none_recycled"), "\(run.errors)")

            // A part of them proves nothing.
            let part = try ConnectDesk()
            let two = ensemble.endpoints[..<2].map(\.description).joined(separator: ",")
            let refused = try part.run(two)
            #expect(refused.status == 64)
            #expect(refused.errors.contains("has 3 voting servers, but only 2 are listed"), "\(refused.errors)")
            #expect(refused.errors.contains("server.3=127.0.0.1:"), "\(refused.errors)")
            #expect(!part.hasResults)

            let alias = "localhost:\(ensemble.endpoints[0].port)"
            let twice = try part.run(ensemble.connect + "," + alias)
            #expect(twice.status == 64 && twice.errors.contains("are the same server"), "\(twice.errors)")
        }
    }

    @Test func aServerAloneThatAllowsEveryWord() async throws {
        try await ApacheEnsemble.with(size: 1, whitelist: "*") { ensemble in
            let desk = try ConnectDesk()
            let run = try desk.run(ensemble.connect)
            #expect(run.status == 0, "\(run.errors)")
            let row = try desk.row()
            #expect(row["ensemble_size"] == "1" && row["valid"] == "true")
            // Of mntr alone.
            #expect(row["syncs_per_write"]?.isEmpty == false, "\(row)")
        }
    }

    @Test func aZnodeOfItsOwnThatOnlyOneUserMayTouch() async throws {
        try await ApacheEnsemble.with(size: 1) { ensemble in
            let owner = try await ZooKeeperClient.connect(
                to: ensemble.endpoints,
                configuration: ZooKeeperClient.Configuration(credentials: [try Credential("digest:ann:secret")])
            )
            let ownersAlone = [ACL(permissions: 31, scheme: "auth", id: "")]
            try await owner.create("/app", acl: ownersAlone)
            try await owner.create("/app/bench", acl: ownersAlone)

            let missing = try ConnectDesk().run(ensemble.connect + "/nowhere")
            #expect(missing.status == 64, "\(missing.errors)")
            #expect(missing.errors.contains("/nowhere does not exist; create it first"), "\(missing.errors)")

            for flags in [[], ["--auth", "digest:ann:wrong"]] {
                let refused = try ConnectDesk().run(ensemble.connect + "/app/bench", flags)
                #expect(refused.status == 1)
                #expect(refused.errors.contains("no permission"), "\(refused.errors)")
                #expect(refused.errors.contains("--auth digest:user:password"), "\(refused.errors)")
            }
            let scheme = try ConnectDesk().run(ensemble.connect + "/app/bench", ["--auth", "nonsense:secret"])
            #expect(scheme.status == 1)
            #expect(scheme.errors.contains("refuses the credential nonsense:***"), "\(scheme.errors)")

            let desk = try ConnectDesk()
            let run = try desk.run(ensemble.connect + "/app/bench", ["--auth", "digest:ann:secret"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(try desk.row()["valid"] == "true")
            let manifest = try desk.result("manifest.json")
            #expect(manifest.contains("digest:***") && !manifest.contains("secret"))
            #expect(try await owner.getChildren("/app/bench").isEmpty)
            #expect(try await owner.getChildren("/").sorted() == ["app", "zookeeper"])
            await owner.close()
        }
    }
}
