import Foundation
import TestSupport
import Testing
import Zab

@testable import Server

/// zoo.cfg as other people's installers, images and guides write it. What Apache ZooKeeper 3.8 does with a key is what ours
/// does; a key that changes quorum, safety or address, and that ours cannot honour, is refused.
@Suite struct WildConfigurationTests {
    static let common = "tickTime=2000\ninitLimit=5\nsyncLimit=2\ndataDir=/d\n"
    static let three = "server.1=h1:2888:3888\nserver.2=h2:2888:3888\nserver.3=h3:2888:3888\n"

    static func read(_ text: String, myid: String? = "1", files: [String: String] = [:]) throws -> ServerConfiguration {
        try ServerConfiguration(
            parsing: text,
            name: "zoo.cfg",
            files: ConfigurationFiles { path in path == "/d/myid" ? myid : files[path] }
        )
    }

    static func refusal(_ text: String, files: [String: String] = [:]) throws -> String {
        let error = try #require(throws: ConfigurationError.self) { try read(text, files: files) }
        #expect(!error.description.contains("\n"), "one line")
        return error.description
    }

    // MARK: addresses

    @Test func theClientPortBehindTheSemicolonIsHonoured() throws {
        let alone = try Self.read(Self.common + "server.1=localhost:2888:3888;2181\n")
        #expect(alone.clientPort == 2181 && alone.clientHost == "0.0.0.0" && alone.servers.isEmpty)
        let ensemble = "server.1=127.0.0.1:1:2;127.0.0.1:41\nserver.2=127.0.0.1:3:4;127.0.0.1:42\n"
        for (id, port) in [("1", 41), ("2", 42)] {
            let read = try Self.read(Self.common + ensemble, myid: id)
            #expect(read.clientPort == port && read.clientHost == "127.0.0.1" && read.servers.count == 2)
            #expect(read.warnings.isEmpty)
        }
    }

    @Test func aClientPortThatContradictsItIsRefused() throws {
        let lines = Self.common + "server.1=127.0.0.1:1:2;31109\nserver.2=127.0.0.1:3:4;31110\n"
        let refused = try Self.refusal(lines + "clientPort=31107\n")
        #expect(refused.contains("31107") && refused.contains("server.1") && refused.contains("31109"))
        #expect(try Self.read(lines + "clientPort=31109\n").clientPort == 31109)
        let host = lines + "clientPort=31109\nclientPortAddress=10.0.0.1\n"
        #expect(try Self.refusal(host).contains("10.0.0.1"))
        // The line's own host is narrower than every address.
        let narrow = Self.common + "clientPort=5\nserver.1=h:1:2;10.0.0.2:5\nserver.2=h:3:4\n"
        #expect(try Self.read(narrow).clientHost == "10.0.0.2")
    }

    @Test func withoutAnyClientPortNobodyIsServedAndTheLogSaysSo() throws {
        let read = try Self.read(Self.common + Self.three)
        #expect(read.clientPort == nil && read.warnings.contains { $0.contains("no client can connect") })
        #expect(try Self.refusal(Self.common + "clientPortAddress=10.0.0.1\n").contains("clientPort is not"))
    }

    @Test func peersArePossiblyListenedForOnAllAddresses() throws {
        #expect(try Self.read(Self.common + Self.three + "quorumListenOnAllIPs=true\n").listensOnAllAddresses)
        #expect(try !Self.read(Self.common + Self.three + "quorumListenOnAllIPs=False\n").listensOnAllAddresses)
        #expect(try Self.refusal(Self.common + "quorumListenOnAllIPs=1\n").contains("true or false"))
    }

    @Test(arguments: [
        ("[2001:db8::1]:2888:3888", "2001:db8::1", false, nil as Int?),
        ("[::1]:2888:3888:OBSERVER;[::]:2181", "::1", true, 2181), ("h:2888:3888:Participant;2181", "h", false, 2181),
        ("h:2888:3888;", "h", false, nil),
    ])
    func aServerLineIsReadAsZooKeeperReadsIt(line: String, host: String, isObserver: Bool, port: Int?) throws {
        let address = try ServerAddress(id: ServerID(1), parsing: line)
        #expect(address.host == host && address.observer == isObserver && address.client?.port == port)
        #expect(address.quorumPort == 2888 && address.electionPort == 3888)
    }

    @Test(arguments: [
        "h:1", "h:1:2:3", "h:1:2:boss", "::1:2888:3888", "[::1:1:2", "[::1]1:2", "h1:1:2|h2:1:2", "h:1:2;3;4",
        "h:1:2;x",
        "h:1:2;a:b:1", ":1:2", "h:0:2", "h:1:65536", "",
    ])
    func aServerLineThatZooKeeperRefusesIsRefused(line: String) {
        #expect(throws: ServerLineError.self) { try ServerAddress(id: ServerID(1), parsing: line) }
    }

    // MARK: the ensemble

    @Test func theDynamicFileIsTheEnsemble() throws {
        let text = Self.common + "clientPort=31141\ndynamicConfigFile=/c/zoo.cfg.dynamic\n"
        let dynamic =
            "server.1=127.0.0.1:1:2:participant;127.0.0.1:31141\nserver.2=127.0.0.1:3:4:participant;127.0.0.1:31142\n"
        let read = try Self.read(text, files: ["/c/zoo.cfg.dynamic": dynamic])
        #expect(read.servers.map(\.id) == [ServerID(1), ServerID(2)] && read.clientHost == "127.0.0.1")
        #expect(read.warnings.isEmpty)
        #expect(try Self.refusal(text).contains("/c/zoo.cfg.dynamic cannot be read"))
        #expect(try Self.refusal(text + "server.1=h:1:2\n", files: ["/c/zoo.cfg.dynamic": dynamic]).contains("move it"))
        for line in ["version=100000000", "tickTime=1"] {
            let refused = try Self.refusal(text, files: ["/c/zoo.cfg.dynamic": dynamic + line + "\n"])
            #expect(refused.contains("zoo.cfg.dynamic:3:"))
        }
    }

    @Test func groupsAndWeightsDecide() throws {
        let text = Self.common + "clientPort=1\n" + Self.three
        #expect(try Self.read(text + "group.1=1:2:3\nweight.2=1\n").zab.quorums.isMajority)
        let weightless = try Self.read(text + "group.1=1:2:3:\nweight.3=0\n")
        #expect(
            weightless.zab.quorums.isQuorum(VoterSet([0, 1])) && !weightless.zab.quorums.isQuorum(VoterSet([0, 2]))
        )
        let groups = try Self.read(text + "group.7=3\ngroup.2=1:2\nweight.1=2\n")
        #expect(groups.groups.map { $0.members.map(\.id.rawValue) } == [[1, 2], [3]] && groups.warnings.isEmpty)
        #expect(groups.zab.quorums.isQuorum(VoterSet([0, 2])) && !groups.zab.quorums.isQuorum(VoterSet([0, 1])))
        let shown = String(decoding: groups.membershipText, as: UTF8.self)
        #expect(shown.hasSuffix("group.2=1:2\ngroup.7=3\nweight.1=2\nweight.2=1\nweight.3=1\nversion=0"))
        let observed = text + "server.4=h4:1:2:observer\ngroup.1=1:2:3:4\nweight.4=0\nweight.9=5\n"
        #expect(try Self.read(observed).zab.quorums.isMajority)
        #expect(try Self.read(observed).warnings.contains { $0.contains("weight.9: server 9 has no vote") })
    }

    @Test(arguments: [
        ("weight.1=1\n", "needs group.N lines"), ("group.1=1:2\n", "server 3 is in no group"),
        ("group.1=1:2:3:3\n", "in one group"), ("group.1=1:2:3\ngroup.2=3\n", "also in group.1"),
        ("group.1=1:2:3\ngroup.01=3\n", "has another line"), ("group.x=1:2:3\n", "whole number"),
        ("groups=1:2:3\n", "whole number"), ("group.1=1:2:3:4\n", "server 4 has no vote"),
        ("group.1=1:2:3\nweight.1=-1\n", "from 0 to"), ("group.1=1:2:3\nweight.one=1\n", "server's id"),
        ("group.1=1:2:3\nweight.1=0\nweight.2=0\nweight.3=0\n", "no voter has a weight"),
        ("group.1=\n", "ids with colons"),
        ("group.1=1::2:3\n", "ids with colons"), ("group.1=1:2:3\nweight.1=1\nweight.01=2\n", "another weight"),
    ])
    func groupsThatCannotBeAreRefused(lines: String, says: String) throws {
        let refused = try Self.refusal(Self.common + "clientPort=1\n" + Self.three + lines)
        #expect(refused.contains(says) && refused.hasPrefix("zoo.cfg:"), "\(refused)")
    }

    @Test func oneServerLineStandsAloneUnlessToldOtherwise() throws {
        let line = Self.common + "clientPort=1\nserver.1=h:1:2\n"
        #expect(try Self.read(line, myid: nil).servers.isEmpty)
        let quorum = try Self.read(line + "standaloneEnabled=false\n")
        #expect(quorum.servers.count == 1 && quorum.zab.voters == [ServerID(1)])
        #expect(throws: ConfigurationError.self) { try Self.read(line + "standaloneEnabled=false\n", myid: nil) }
        #expect(try Self.refusal(line + "server.2=h:3:4:observer\n").contains("standaloneEnabled=false"))
        #expect(try Self.refusal(Self.common + "standaloneEnabled=false\n").contains("server.N"))
    }

    /// ZooKeeper takes all of these, and shows a session's server by the id's low byte.
    @Test func anIDIsAnyNumberThatZooKeeperTakes() throws {
        let text = Self.common + "clientPort=1\nserver.0=h:1:2\nserver.-2=h:3:4\nserver.1099511627776=h:5:6:observer\n"
        let read = try Self.read(text + "server.+300=h:7:8\n", myid: "1099511627776\r\n")
        #expect(read.myself == ServerID(1 << 40) && read.zab.isObserver)
        #expect(read.zab.voters == [ServerID(-2), ServerID(0), ServerID(300)] && read.warnings.isEmpty)
        for myid in [" 0 \n", "0\nsecond line\n", "\u{feff}0", "-0"] {
            #expect(try Self.read(text, myid: myid).myself == ServerID(0))
        }
    }

    @Test(arguments: [255, 511, -257]) func anIDWhoseSessionsWouldLookLikeTimesToLiveIsRefused(id: Int) throws {
        let text = Self.common + "clientPort=1\n" + Self.three + "server.\(id)=h9:1:2\n"
        #expect(try Self.read(text).servers.count == 4)
        #expect(try Self.refusal(text + "extendedTypesEnabled=true\n").contains("server.\(id)"))
    }

    @Test func theServerLineSaysWhoObserves() throws {
        let text = Self.common + "clientPort=1\n" + Self.three + "server.4=h4:1:2:observer\n"
        let voter = try Self.read(text + "peerType=observer\n")
        #expect(voter.zab.voters.contains(ServerID(1)) && voter.warnings.contains { $0.contains("is overridden by") })
        #expect(try Self.read(text + "peerType=Observer\n", myid: "4").zab.isObserver)
    }

    // MARK: safety

    @Test(arguments: [
        "secureClientPort=2281", "sslQuorum=true", "requireClientAuthScheme=sasl", "sessionRequireClientSASLAuth=true",
        "enforce.auth.enabled=true", "quorum.auth.enableSasl=true", "quorum.auth.serverRequireSasl=true",
        "quorum.auth.learnerRequireSasl=true", "forceSync=no", "reconfigEnabled=true", "portUnification=true",
        "electionAlg=0", "oraclePath=/o", "observerMasterPort=2191",
    ])
    func aKeyThatIsNotHonouredAndMattersIsRefused(line: String) throws {
        let refused = try Self.refusal(Self.common + "clientPort=1\n" + line + "\n")
        #expect(refused.hasPrefix("zoo.cfg:6: \(line.split(separator: "=")[0])") && refused.contains("remove"))
    }

    @Test func thePageNamesEveryKeyThatIsRefused() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/reference/zoo-cfg.md"), encoding: .utf8)
        for rule in RefusedKeys.rules { #expect(page.contains("`\(rule.key)"), "\(rule.key)") }
    }

    @Test(arguments: [
        "sslQuorum=false", "sessionRequireClientSASLAuth=false", "electionAlg=3", "observerMasterPort=0",
        "forceSync=yes",
        "reconfigEnabled=false",
    ])
    func andIsTakenWhereItAsksForNothing(line: String) throws {
        #expect(try Self.read(Self.common + "clientPort=1\n" + line + "\n").warnings.isEmpty)
    }

    @Test func sessionsHaveTheBoundsOfTheFile() throws {
        let text = Self.common + "clientPort=1\n"
        #expect(try Self.read(text).sessionTimeouts == 4000...40_000)
        let read = try Self.read(text + "minSessionTimeout=1000\nmaxSessionTimeout=120000\n")
        #expect(read.sessionTimeouts == 1000...120_000 && read.warnings.isEmpty)
        #expect(try Self.read(text + "maxSessionTimeout=-1\n").sessionTimeouts == 4000...40_000)
        #expect(try Self.refusal(text + "minSessionTimeout=50000\n").contains("maxSessionTimeout"))
    }

    @Test func theWhitelistIsZooKeepers() throws {
        let text = Self.common + "clientPort=1\n"
        #expect(try Self.read(text).allowedWords == ["srvr"])
        #expect(try Self.read(text + "4lw.commands.whitelist=mntr, ruok\n").allowedWords == ["mntr", "ruok", "srvr"])
        let all = try Self.read(text + "4lw.commands.whitelist=*,zbat\n")
        #expect(all.allowedWords == nil && all.warnings.isEmpty)
        // ZooKeeper takes it without a word.
        let warnings = try Self.read(text + "4lw.commands.whitelist=rouk, mntr, MNTR\n").warnings
        #expect(warnings.count == 1)
        #expect(warnings[0].contains("4lw.commands.whitelist: no such word: rouk, MNTR; there are ruok, srvr, stat, "))
    }

    // MARK: the format

    @Test func theFormatIsThatOfJavasProperties() throws {
        let text = """
            ! a comment\r
            tickTime : 1000\r
            \u{9}initLimit 7\r
            data\\u0044ir=\\
                /d\r
            syncLimit=1
            clientPort=1
            syncLimit = 4
            # a comment that ends with a backslash \\
            maxClientCnxns=0
            """
        let read = try Self.read(text)
        #expect(read.tickTime == 1000 && read.initLimit == 7 && read.dataDir == "/d" && read.syncLimit == 4)
        #expect(read.maxClientConnections == 0)
        #expect(read.warnings.count == 1 && read.warnings[0].contains("zoo.cfg:8: syncLimit is also on line 6"))
    }

    @Test(arguments: [
        ("a=b", "a", "b"), ("a = b ", "a", "b"), ("a:b", "a", "b"), ("a b c", "a", "b c"), ("a", "a", ""),
        ("a\\=b=c", "a=b", "c"), ("a\\:b c", "a:b", "c"), ("a==b", "a", "=b"), ("a = : b", "a", ": b"),
        ("a=x\\ty", "a", "x\ty"), ("a=\\u0041", "a", "A"), ("a=\\z", "a", "z"), ("a=C:\\\\d", "a", "C:\\d"),
        ("a=b\\\n   c", "a", "bc"), ("a=b\\\\\n#c", "a", "b\\"), ("a=b\\", "a", "b"), ("=b", "", "b"),
    ])
    func aLineIsSplitAsJavaSplitsIt(text: String, key: String, value: String) throws {
        let entries = try JavaProperties(parsing: text).entries
        #expect(entries.count == 1 && entries.first?.key == key && entries.first?.value == value)
    }

    @Test func aByteOrderMarkIsNoPartOfTheFirstKey() throws {
        #expect(try Self.read("\u{feff}" + Self.common + "clientPort=1\n").tickTime == 2000)
    }
}
