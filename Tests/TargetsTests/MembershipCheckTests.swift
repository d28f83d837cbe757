import Client
import Testing

@testable import Targets

@Suite struct MembershipCheckTests {
    static let config = """
        server.1=127.0.0.1:22381:22481:participant
        server.2=zoo2:22382:22482:participant;0.0.0.0:2181
        server.3=127.0.0.1:22383:22483
        version=0
        """

    private static func server(
        _ id: Int?,
        _ state: String,
        config: String? = config,
        keys: [String: String] = [:]
    ) -> NamedServer {
        let lines = keys.merging(["zk_server_state": state]) { $1 }.map { "\($0)\t\($1)\n" }.joined()
        return NamedServer(
            endpoint: Endpoint(host: "h\(id ?? 0)", port: 2181),
            report: MonitorReport(parsing: lines),
            roster: config.flatMap { EnsembleRoster(parsing: $0) },
            sessionByte: id.map { UInt8(truncatingIfNeeded: $0) }
        )
    }

    private static func mistake(_ servers: [NamedServer]) -> String {
        do {
            return "none, warning: \(try MembershipCheck(servers).warning() ?? "none")"
        } catch {
            return "\(error)"
        }
    }

    @Test func theRosterIsReadWithAndWithoutRolesAndClientPorts() throws {
        let roster = try #require(EnsembleRoster(parsing: Self.config + "\nserver.9=h9:1:2:observer;2181\n"))
        #expect(roster.members.map(\.id) == [1, 2, 3, 9])
        #expect(roster.voters.map(\.id) == [1, 2, 3])
        #expect(
            roster.members.map(\.address) == [
                "127.0.0.1:22381:22481", "zoo2:22382:22482;0.0.0.0:2181", "127.0.0.1:22383:22483", "h9:1:2;2181",
            ]
        )
        // A server alone has an empty one.
        #expect(EnsembleRoster(parsing: "version=0") == nil)
        #expect(EnsembleRoster(parsing: "server.1=h1:1:2 server.2=h2:1:2")?.members.count == 2)
    }

    @Test func aHierarchyIsWarnedOf() {
        let config = Self.config + "\ngroup.1=1:2\ngroup.2=3\nweight.1=1"
        let all = [1, 2, 3].map { Self.server($0, $0 == 1 ? "leader" : "follower", config: config) }
        #expect(Self.mistake(all).contains("groups and weights decide"))
    }

    /// Sessions tell only the low byte of an id.
    @Test func serversWhoseIDsEndAlikeAreNotTakenForOne() {
        let config = "server.1=h:1:2\nserver.257=h:3:4\nserver.0=h:5:6\nserver.-2=h:7:8"
        let alike = [1, 257, 0, -2].map { Self.server($0, $0 == 1 ? "leader" : "follower", config: config) }
        #expect(alike.map(\.id) == [nil, nil, 0, -2])
        #expect(Self.mistake(alike) == "none, warning: none")
        let ours = Self.server(nil, "follower", config: config, keys: ["zab_server_id": "-2"])
        #expect(ours.id == -2)
    }

    @Test func allVotersAreAnEnsemble() {
        let all = [Self.server(1, "follower"), Self.server(2, "leader"), Self.server(3, "follower")]
        #expect(Self.mistake(all) == "none, warning: none")
        #expect(Self.mistake([Self.server(1, "standalone", config: nil)]) == "none, warning: none")
    }

    @Test func aPartIsRefusedWithTheMissingOnes() {
        let part = Self.mistake([Self.server(1, "follower"), Self.server(2, "leader")])
        #expect(part.contains("has 3 voting servers, but only 2 are listed: h1:2181 and h2:2181"), "\(part)")
        #expect(part.contains("server.3=127.0.0.1:22383:22483"), "\(part)")
        #expect(!part.contains("server.1="), "\(part)")
        // Without anybody's account the size alone is known, and without that what a leader sees.
        let size = Self.mistake([Self.server(nil, "follower", config: nil, keys: ["zk_quorum_size": "5"])])
        #expect(size.contains("has 5 voting servers, but only 1 is listed"), "\(size)")
        let least = Self.mistake([Self.server(nil, "leader", config: nil, keys: ["zk_synced_followers": "2"])])
        #expect(least.contains("at least 3 voting servers"), "\(least)")
    }

    @Test func whatCannotBeKnownIsAWarning() {
        let mute = Self.mistake([Self.server(nil, "leader", config: nil), Self.server(nil, "follower", config: nil)])
        #expect(mute.contains("none, warning: the servers do not report the size of their ensemble"), "\(mute)")
    }

    @Test func moreThanThereAreIsRefused() {
        let servers = (1...4).map { Self.server($0, $0 == 1 ? "leader" : "follower") }
        #expect(Self.mistake(servers).contains("4 servers are listed, but the ensemble has only 3"))
    }

    @Test func anObserverIsRefused() {
        let servers = [Self.server(1, "leader"), Self.server(2, "follower"), Self.server(3, "observer")]
        #expect(Self.mistake(servers).contains("h3:2181 is an observer"))
    }

    @Test func oneServerUnderTwoNamesIsRefused() {
        var twice = [Self.server(1, "follower"), Self.server(2, "leader"), Self.server(2, "leader")]
        twice[2].report = MonitorReport(parsing: "zk_server_state\tfollower\n")
        #expect(Self.mistake(twice).contains("are the same server (server.2)"))
    }

    @Test func serversOfTwoEnsemblesAreRefused() {
        let two = [Self.server(1, "leader"), Self.server(2, "leader")]
        #expect(Self.mistake(two).contains("h1:2181 and h2:2181 each lead one"))
        let alone = [Self.server(1, "standalone", config: nil), Self.server(2, "follower")]
        #expect(Self.mistake(alone).contains("belong to different ones"))
        let larger = Self.config + "\nserver.4=h4:1:2"
        let sizes = [Self.server(1, "follower"), Self.server(2, "follower", config: larger)]
        #expect(Self.mistake(sizes).contains("belong to different ones"))
        let ours = ["1", "2"].map { Self.server(Int($0), "follower", keys: ["zab_ensemble": $0, "zab_pid": "1"]) }
        #expect(Self.mistake(ours).contains("belong to different ones"))
    }
}
