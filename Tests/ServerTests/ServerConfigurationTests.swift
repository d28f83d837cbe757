import Foundation
import Log
import Server
import TestSupport
import Testing
import Wire
import Zab
import Znodes

@Suite struct ServerConfigurationTests {
    /// Writes a zoo.cfg and a myid into a folder of their own and reads them back.
    static func read(_ text: String, myid: String? = "2") throws -> ServerConfiguration {
        let folder = TemporaryFolder()
        try folder.write(text.replacingOccurrences(of: "DIR", with: folder.path).utf8, "zoo.cfg")
        if let myid { try folder.write(myid.utf8, "myid") }
        return try ServerConfiguration(contentsOf: folder.path(of: "zoo.cfg"))
    }

    static let ensemble = """
        # a comment
        tickTime=2000
        initLimit=10
        syncLimit=5
        dataDir=DIR
        dataLogDir=DIR/log
        clientPort=2181
        clientPortAddress=127.0.0.1
        server.1=127.0.0.1:2888:3888
        server.2=127.0.0.1:2889:3889:participant
        server.3=[::1]:2890:3890:observer
        """

    @Test func aStandardEnsembleIsRead() throws {
        let configuration = try Self.read(Self.ensemble)
        #expect(configuration.myself == ServerID(2))
        #expect(configuration.tickTime == 2000 && configuration.initLimit == 10 && configuration.syncLimit == 5)
        #expect(configuration.clientPort == 2181 && configuration.clientHost == "127.0.0.1")
        #expect(configuration.dataLogDir == configuration.dataDir + "/log")
        #expect(configuration.servers.map(\.quorumPort) == [2888, 2889, 2890])
        #expect(configuration.servers[2].host == "::1" && configuration.servers[2].observer)
        #expect(configuration.zab.voters == [ServerID(1), ServerID(2)])
        #expect(configuration.warnings.isEmpty)
    }

    @Test func withoutServersItStandsAloneAndNeedsNoMyid() throws {
        let configuration = try Self.read("dataDir=DIR\nclientPort=0\n", myid: nil)
        #expect(configuration.servers.isEmpty)
        #expect(configuration.zab.voters == [configuration.myself])
    }

    @Test func anUnknownKeyIsAWarningThatNamesItsLine() throws {
        let configuration = try Self.read(Self.ensemble + "\nfancyOption=1\n")
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings[0].contains("zoo.cfg:12: fancyOption"))
    }

    @Test func aPeerSecretIsReadAndStandsInNoError() throws {
        #expect(try Self.read(Self.ensemble).peerSecret.isEmpty)
        let read = try Self.read(Self.ensemble + "\nzabbench.peerSecret=open sesame\n")
        #expect(read.peerSecret == PeerSecret("open sesame") && read.warnings.isEmpty)
        #expect(!"\(read)".contains("sesame"))
        let folder = TemporaryFolder()
        try folder.write("open sesame\n".utf8, "secret")
        let file = folder.path(of: "secret")
        let other = try Self.read(Self.ensemble + "\nzabbench.peerSecretFile=\(file)\n")
        #expect(other.peerSecret == read.peerSecret)
        let long = String(repeating: "sesame", count: 11)
        for (lines, says) in [
            ("zabbench.peerSecret=\(long)", "1 to 64 bytes, found 66"),
            ("zabbench.peerSecretFile=/nowhere", "cannot be read"),
            ("zabbench.peerSecret=sesame\nzabbench.peerSecretFile=\(file)", "keep one of them"),
        ] {
            let error = try #require(throws: ConfigurationError.self) { try Self.read(Self.ensemble + "\n" + lines) }
            #expect(error.description.contains(says) && error.description.contains("zoo.cfg:1"))
            #expect(!error.description.contains("sesame"))
        }
    }

    /// A wrong line, and what the error must say.
    static let mistakes: [(line: String, says: [String])] = [
        ("zabbench.segmentBytes=fast", [":12:", "zabbench.segmentBytes", "whole number", "\"fast\""]),
        ("initLimit=0", [":12:", "initLimit", "from 1 to", "\"0\""]),
        ("snapCount=-5", [":12:", "snapCount", "2 to"]),
        ("maxClientCnxns=1e3", [":12:", "maxClientCnxns"]),
        ("server.4=localhost", [":12:", "server.4", "host:port:port"]),
        ("server.4=localhost:1:99999", [":12:", "1 to 65535"]),
        ("server.-1=localhost:1:2", [":12:", "server.-1", "other than -1"]),
        ("server.x=localhost:1:2", [":12:", "server.x"]),
        ("\\u12=1", [":12:", "four hexadecimal digits"]),
        ("server.4=127.0.0.1:2888:4000", ["server.1 and server.4"]),
        ("server.4=127.0.0.1:4000:4000", ["server.4", "two"]),
        ("peerType=boss", [":12:", "participant or observer"]),
        ("zabbench.log.strategy=hope", [":12:", "<method>_<allocation>", "fdatasync", "recycled"]),
        ("snapCount=", [":12:", "snapCount", "whole number"]),
        ("dataLogDir=", [":12:", "dataLogDir has no value"]),
        ("zabbench.log.batching=often", [":12:", "zabbench.log.batching", "delay_<N>us"]),
        ("zabbench.log.inFlight=0", [":12:", "zabbench.log.inFlight", "from 1 to 16"]),
        ("zabbench.log.strategy=fdatasync_append\nzabbench.log.inFlight=2", [":13:", "inFlight", "make no sense"]),
        ("zabbench.log.batching=adaptive\nzabbench.log.strategy=none_append", [":12:", "batching", "no sync that"]),
        ("zabbench.log.strategy=sync_file_range_append", [":12:", "file's size"]),
    ]

    @Test(arguments: mistakes)
    func aWrongValueIsAnErrorWithItsLine(line: String, says: [String]) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.read(Self.ensemble + "\n" + line + "\n") }
        for part in says { #expect(error.description.contains(part), "\(error.description)") }
        #expect(!error.description.contains("\n"), "one line")
    }

    @Test func theLogsStrategyIsRead() throws {
        let text = "dataDir=DIR\nzabbench.log.strategy=o_direct_dsync_recycled\nzabbench.log.batching=delay_500us\n"
        var read = try Self.read(text)
        #expect(read.strategy.label == "o_direct_dsync_recycled" && read.commit.batching == .delay(microseconds: 500))
        #expect(read.commit.inFlight == 1)
        read = try Self.read(text + "zabbench.log.inFlight=3\nclientPort=1\n")
        #expect(read.commit.inFlight == 3 && read.warnings.isEmpty)
        read = try Self.read("dataDir=DIR\n")
        #expect(read.strategy == .recycledFdatasync && read.commit == .natural)
    }

    @Test(arguments: [
        ("7", "no server.7 line"), ("two", "whole number"), ("", "whole number"), ("-1", "other than -1"),
        ("\n2", "\"\""),
        ("9223372036854775807", "below 2^63-1"), ("9223372036854775808", "whole number"), ("2 3", "\"2 3\""),
    ])
    func aWrongMyidSaysSo(myid: String, says: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.read(Self.ensemble, myid: myid) }
        #expect(error.description.contains(says) && error.description.contains("myid"))
    }

    @Test func missingFilesSayWhatToDo() throws {
        let noFile = try #require(throws: ConfigurationError.self) {
            try ServerConfiguration(contentsOf: "/nonexistent/zoo.cfg")
        }
        #expect(noFile.description.contains("/nonexistent/zoo.cfg"))
        let noID = try #require(throws: ConfigurationError.self) { try Self.read(Self.ensemble, myid: nil) }
        #expect(noID.description.contains("myid"))
        let noData = try #require(throws: ConfigurationError.self) { try Self.read("clientPort=1\n") }
        #expect(noData.description.contains("dataDir"))
    }

    /// Found by fuzzing: the first two trapped, the third made a server that was a voter and an observer, and trapped.
    @Test(arguments: ["server.2=;2181", "server.2=;", "server.2=a:1:2\nserver.02=b:3:4:observer"])
    func aServerLineWithoutAnAddressOrTwiceIsRefused(lines: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.read("dataDir=DIR\n\(lines)\n") }
        #expect(
            error.description.contains(":2: server.2")
                || error.description.contains(": duplicate line for server 2")
        )
    }

    @Test func slownessOnPurposeIsReadAndWarnedOf() throws {
        let text =
            Self.ensemble + "\nzabbench.inject.syncMicroseconds=2000\nzabbench.inject.leaderLoopMicroseconds=300\n"
            + "zabbench.inject.writeNanoseconds=90\n"
        let configuration = try Self.read(text)
        #expect(configuration.injectedSyncMicroseconds == 2000)
        #expect(configuration.injectedLeaderLoopMicroseconds == 300)
        #expect(configuration.injectedWriteNanoseconds == 90)
        #expect(configuration.warnings.contains { $0.contains("slows this server down on purpose") })
        #expect(try Self.read(Self.ensemble).warnings.isEmpty)
    }

    @Test func aJournalOfWhatIsNotSyncedIsReadAndWarnedOf() throws {
        let configuration = try Self.read(Self.ensemble + "\nzabbench.inject.unsyncedJournal=/tmp/unsynced\n")
        #expect(configuration.injectedUnsyncedJournal == "/tmp/unsynced")
        #expect(configuration.warnings.contains { $0.contains("for power-loss tests") })
        #expect(try Self.read(Self.ensemble).injectedUnsyncedJournal == nil)
    }
}

@Suite struct AccessConfigurationTests {
    private func read(_ lines: String) throws -> ServerConfiguration {
        try ServerConfigurationTests.read("dataDir=DIR\nclientPort=0\n" + lines, myid: nil)
    }

    @Test func listsAreKeptUnlessSkipped() throws {
        #expect(!(try read("").access.isSkipped))
        #expect(!(try read("skipACL=true\n").access.isSkipped))
        let skipped = try read("skipACL=yes\n")
        #expect(skipped.access.isSkipped)
        #expect(skipped.warnings.count == 1 && skipped.warnings[0].contains("skipACL=yes"))
    }

    @Test func theSuperUsersDigestIsReadAndStandsInNoError() throws {
        let digest = "super:lK75jTNcA+U9vtVEw5vB51mj/w4="
        let configuration = try read("DigestAuthenticationProvider.superDigest=\(digest)\n")
        #expect(configuration.access.superDigest == digest && configuration.warnings.isEmpty)
        let error = #expect(throws: ConfigurationError.self) {
            try read("DigestAuthenticationProvider.superDigest=secret\n")
        }
        #expect(error.map { "\($0)" }?.contains("=secret") == false)
    }

    @Test func schemesOfNamedClassesAreKnown() throws {
        let configuration = try read(
            "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n"
                + "authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider\n"
                + "authProvider.mine=com.example.Provider\n"
        )
        #expect(configuration.access.unproven == ["sasl", "x509"])
        #expect(configuration.warnings.count == 1 && configuration.warnings[0].contains("authProvider.mine"))
    }

    @Test(arguments: ["DigestAuthenticationProvider.enabled=false", "DigestAuthenticationProvider.digestAlg=SHA-256"])
    func whatWouldProveOtherThingsIsRefused(line: String) {
        #expect(throws: ConfigurationError.self) { try read(line + "\n") }
    }
}
