import Replica
import Testing

@testable import Server

/// Keys of zoo.cfg about containers, TTL nodes and quotas, and what "/zookeeper/config" shows.
@Suite struct NodeConfigurationTests {
    @Test func withoutALineEverythingIsAsInZooKeeper() throws {
        let limits = try ServerConfigurationTests.read(ServerConfigurationTests.ensemble).nodeLimits
        #expect(!limits.extendedTypesEnabled && !limits.enforcesQuotas)
        #expect(limits.sweepMilliseconds == 60_000 && limits.sweptPerMinuteMax == 10_000)
        #expect(limits.unusedContainerMilliseconds == 0)
    }

    @Test func keysAreHonoured() throws {
        let text = """

            extendedTypesEnabled=true
            zookeeper.enforceQuota=TRUE
            znode.container.checkIntervalMs=500
            znode.container.maxPerMinute=7
            znode.container.maxNeverUsedIntervalMs=9
            """
        let configuration = try ServerConfigurationTests.read(ServerConfigurationTests.ensemble + text)
        let limits = configuration.nodeLimits
        #expect(limits.extendedTypesEnabled && limits.enforcesQuotas)
        #expect(limits.sweepMilliseconds == 500 && limits.sweptPerMinuteMax == 7)
        #expect(limits.unusedContainerMilliseconds == 9 && configuration.warnings.isEmpty)
        for wrong in ["znode.container.checkIntervalMs=0", "znode.container.maxPerMinute=-1", "enforceQuota=maybe"] {
            #expect(throws: ConfigurationError.self) {
                try ServerConfigurationTests.read(ServerConfigurationTests.ensemble + "\n" + wrong)
            }
        }
    }

    /// As ZooKeeper 3.8.0 shows it: the clients' addresses only where a member's line has one.
    @Test func theMembersAreShown() throws {
        let configuration = try ServerConfigurationTests.read(
            ServerConfigurationTests.ensemble + "\nserver.4=127.0.0.1:2891:3891;127.0.0.1:2184\nserver.5=h:1:2;2185"
        )
        let text = """
            server.1=127.0.0.1:2888:3888:participant
            server.2=127.0.0.1:2889:3889:participant
            server.3=[::1]:2890:3890:observer
            server.4=127.0.0.1:2891:3891:participant;127.0.0.1:2184
            server.5=h:1:2:participant;0.0.0.0:2185
            version=0
            """
        #expect(String(decoding: configuration.membershipText, as: UTF8.self) == text)
        #expect(try ServerConfigurationTests.read("dataDir=DIR\nclientPort=0\n", myid: nil).membershipText.isEmpty)
    }
}
