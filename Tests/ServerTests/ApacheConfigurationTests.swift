import Foundation
import TestSupport
import Testing
import Zab

@testable import Server

/// Every form of zoo.cfg below is read by Apache ZooKeeper's own parser, too, and it is right: what it understands ours
/// understands in the same way, or refuses.
@Suite struct ApacheConfigurationTests {
    /// What ours makes of a form, beside ZooKeeper.
    enum Verdict { case same, refusedHere, refusedThere }

    struct Form {
        var name: String
        var text: String
        var verdict = Verdict.same
        /// The file of dynamicConfigFile.
        var dynamic: String?
        var myid = "1\n"
    }

    static let common = "tickTime=2000\ninitLimit=5\nsyncLimit=2\ndataDir=DIR/data\n"
    static let served = common + "clientPort=2181\n"
    static let three = "server.1=10.0.0.1:2888:3888\nserver.2=10.0.0.2:2888:3888\nserver.3=10.0.0.3:2888:3888\n"

    static let six = three + "server.4=10.0.0.4:1:2\nserver.5=10.0.0.5:1:2\nserver.6=10.0.0.6:1:2\n"
    static let ids =
        "server.0=10.0.0.1:1:2\nserver.-2=10.0.0.2:1:2\nserver.1099511627776=10.0.0.3:1:2\nserver.300=10.0.0.4:1:2\n"

    static let forms: [Form] = [
        Form(name: "alone", text: served),
        Form(name: "no client port", text: common),
        Form(name: "three", text: served + three),
        Form(name: "three without client port", text: common + three),
        Form(
            name: "docker",
            text: common + "standaloneEnabled=true\nadmin.enableServer=true\nserver.1=localhost:2888:3888;2181\n"
        ),
        Form(
            name: "semicolon of three",
            text: common + three.replacingOccurrences(of: ":3888\n", with: ":3888;2181\n")
        ),
        Form(
            name: "semicolon with host",
            text: common + "server.1=10.0.0.1:1:2;127.0.0.1:5\nserver.2=10.0.0.2:1:2;6\n"
        ),
        Form(name: "semicolon agrees", text: served + "server.1=10.0.0.1:1:2;127.0.0.1:2181\nserver.2=10.0.0.2:1:2\n"),
        Form(name: "semicolon contradicts", text: served + "server.1=10.0.0.1:1:2;2182\nserver.2=10.0.0.2:1:2\n"),
        Form(
            name: "address contradicts",
            text: served + "clientPortAddress=127.0.0.1\nserver.1=10.0.0.1:1:2;2181\nserver.2=10.0.0.2:1:2\n"
        ),
        Form(name: "empty behind semicolon", text: served + "server.1=10.0.0.1:1:2;\nserver.2=10.0.0.2:1:2;\n"),
        Form(name: "two semicolons", text: served + "server.1=10.0.0.1:1:2;3;4\nserver.2=10.0.0.2:1:2\n"),
        Form(name: "address without port", text: common + "clientPortAddress=127.0.0.1\n"),
        Form(name: "address", text: served + "clientPortAddress=127.0.0.1\n"),
        Form(name: "roles", text: served + three + "server.4=10.0.0.4:1:2:OBSERVER\n"),
        Form(name: "wrong role", text: served + three + "server.4=10.0.0.4:1:2:boss\n"),
        Form(name: "peerType against the line", text: served + three + "peerType=observer\n"),
        Form(name: "peerType in capitals", text: served + three + "peerType=PARTICIPANT\n"),
        Form(name: "peerType unknown", text: served + three + "peerType=boss\n"),
        Form(name: "IPv6", text: served + "server.1=[::1]:2888:3888\nserver.2=[2001:db8::2]:2888:3888;[::]:2181\n"),
        Form(name: "IPv6 without brackets", text: served + "server.1=::1:2888:3888\nserver.2=10.0.0.2:1:2\n"),
        Form(name: "no election port", text: served + "server.1=10.0.0.1:2888\nserver.2=10.0.0.2:2888\n"),
        Form(name: "one port twice", text: served + "server.1=10.0.0.1:1:1\nserver.2=10.0.0.2:1:2\n"),
        Form(name: "several addresses", text: served + "server.1=10.0.0.1:1:2|10.1.0.1:1:2\nserver.2=10.0.0.2:1:2\n"),
        Form(
            name: "not in the list",
            text: served + "server.2=10.0.0.2:1:2\nserver.3=10.0.0.3:1:2\n",
            verdict: .refusedHere
        ),
        Form(name: "two observers, one voter", text: served + "server.1=h:1:2\nserver.2=10.0.0.2:1:2:observer\n"),
        Form(
            name: "observers of one voter",
            text: served + "standaloneEnabled=false\nserver.1=10.0.0.1:1:2\nserver.2=10.0.0.2:1:2:observer\n"
        ),
        Form(name: "one in quorum mode", text: served + "standaloneEnabled=false\nserver.1=10.0.0.1:1:2\n"),
        Form(name: "quorum mode without servers", text: served + "standaloneEnabled=false\n"),
        Form(name: "standalone unclear", text: served + "standaloneEnabled=yes\n"),
        Form(name: "observers only", text: served + "server.1=10.0.0.1:1:2:observer\n"),
        Form(name: "all addresses", text: served + three + "quorumListenOnAllIPs=TRUE\n"),
        Form(name: "all addresses unclear", text: served + three + "quorumListenOnAllIPs=1\n"),
        Form(name: "session bounds", text: served + "minSessionTimeout=1000\nmaxSessionTimeout=120000\n"),
        Form(name: "session bounds crossed", text: served + "minSessionTimeout=50000\n"),
        Form(name: "session bounds usual", text: served + "minSessionTimeout=-1\nmaxSessionTimeout=-1\n"),
        Form(name: "ClickHouse", text: served + "maxSessionTimeout=60000000\npreAllocSize=131072\nleaderServes=yes\n"),
        Form(name: "carriage returns", text: served.replacingOccurrences(of: "\n", with: "\r\n")),
        Form(name: "old Mac", text: served.replacingOccurrences(of: "\n", with: "\r")),
        Form(name: "colons", text: served.replacingOccurrences(of: "=", with: " : ")),
        Form(name: "blanks", text: served.replacingOccurrences(of: "=", with: " ")),
        Form(name: "twice", text: served + "tickTime=1000\n"),
        Form(name: "comments", text: "! one\n  # two\\\n" + served),
        Form(name: "continued", text: served + "tick\\\n   Time=\\\n 1000\n"),
        Form(name: "escapes", text: served + "tick\\u0054ime=\\1000\n"),
        Form(name: "malformed escape", text: served + "x=\\u12\n"),
        Form(name: "unknown key", text: served + "fancy=1\nmetricsProvider.httpPort=7000\n"),
        Form(name: "no number", text: served + "tickTime=fast\n"),
        Form(name: "empty number", text: served + "tickTime=\n"),
        Form(name: "tickTime 0", text: served + "tickTime=0\n"),
        Form(name: "no dataDir", text: "clientPort=1\n"),
        Form(name: "electionAlg 3", text: served + "electionAlg=3\n"),
        Form(name: "electionAlg 0", text: served + "electionAlg=0\n"),
        Form(
            name: "dynamic",
            text: common + "dynamicConfigFile=DIR/dynamic\n",
            dynamic: three.replacingOccurrences(of: ":3888\n", with: ":3888:participant;2181\n")
        ),
        Form(
            name: "dynamic and static",
            text: served + "dynamicConfigFile=DIR/dynamic\nserver.4=h:1:2\n",
            dynamic: three
        ),
        Form(
            name: "dynamic with version",
            text: served + "dynamicConfigFile=DIR/dynamic\n",
            dynamic: three + "version=1\n"
        ),
        Form(
            name: "dynamic with another key",
            text: served + "dynamicConfigFile=DIR/dynamic\n",
            dynamic: three + "tickTime=1\n"
        ),
        Form(name: "dynamic is missing", text: served + "dynamicConfigFile=DIR/nowhere\n"),
        Form(name: "one group", text: served + three + "group.1=1:2:3\nweight.1=1\nweight.2=1\nweight.3=1\n"),
        Form(name: "weights", text: served + three + "group.1=1:2:3\nweight.3=0\n"),
        Form(name: "groups", text: served + three + "group.1=1:2\ngroup.2=3\n"),
        Form(name: "groups of six", text: served + six + "group.1=1:2:3\ngroup.2=4:5:6\n"),
        Form(
            name: "three groups, one weightless",
            text: served + six + "group.1=1:2\ngroup.2=3:4\ngroup.3=5:6\nweight.5=0\nweight.6=0\n"
        ),
        Form(
            name: "all kinds of weights",
            text: served + six + "group.1=1:2:3:4\ngroup.2=5:6\nweight.1=3\nweight.2=2\nweight.3=0\nweight.6=7\n"
        ),
        Form(name: "four groups", text: served + six + "group.4=6\ngroup.3=5\ngroup.2=3:4\ngroup.1=1:2:\nweight.4=2\n"),
        Form(
            name: "an observer without weight in a group",
            text: served + six + "server.7=10.0.0.7:1:2:observer\ngroup.1=1:2:3:4:5:6:7\nweight.7=0\nweight.1=2\n"
        ),
        Form(
            name: "an observer with a weight in a group",
            text: served + six + "server.7=10.0.0.7:1:2:observer\ngroup.1=1:2:3:4:5:6:7\nweight.7=3\n",
            verdict: .refusedHere
        ),
        Form(
            name: "an observer in a group",
            text: served + six + "server.7=10.0.0.7:1:2:observer\ngroup.1=1:2:3:4:5:6:7\n"
        ),
        Form(name: "a stranger in a group", text: served + three + "group.1=1:2:3:9\n"),
        Form(name: "a weight of a stranger", text: served + three + "group.1=1:2:3\nweight.9=4\nweight.1=2\n"),
        Form(name: "weights without groups", text: served + three + "weight.1=2\n"),
        Form(name: "twice in a group", text: served + three + "group.1=1:2:3:3\n"),
        Form(name: "in two groups", text: served + three + "group.1=1:2:3\ngroup.2=3\n"),
        Form(name: "group without a number", text: served + three + "groups=1:2:3\n"),
        Form(name: "empty group", text: served + three + "group.1=\n"),
        Form(
            name: "no weight at all",
            text: served + three + "group.1=1:2:3\nweight.1=0\nweight.2=0\nweight.3=0\n",
            verdict: .refusedHere
        ),
        Form(name: "negative weight", text: served + three + "group.1=1:2:3\nweight.1=-1\n", verdict: .refusedHere),
        Form(name: "group twice", text: served + three + "group.1=1:2\ngroup.01=3\n", verdict: .refusedHere),
        Form(
            name: "dynamic with groups",
            text: served + "dynamicConfigFile=DIR/dynamic\n",
            dynamic: three + "group.1=1:2\ngroup.2=3\nweight.1=2\n"
        ),
        Form(name: "outside of a group", text: served + three + "group.1=1:2\n"),
        Form(name: "ids", text: served + ids, myid: "-2"),
        Form(name: "id of 2^40", text: served + ids, myid: "1099511627776\r\nmore"),
        Form(name: "id 0", text: served + ids, myid: "0\n"),
        Form(name: "id with a sign", text: served + three, myid: "+1"),
        Form(name: "id with zeros", text: served + three, myid: "001"),
        Form(name: "id -1", text: served + three + "server.-1=10.0.0.4:1:2\n", myid: "-1"),
        Form(name: "no id", text: served + three, myid: "\n1\n"),
        Form(name: "id is no number", text: served + three, myid: "one"),
        Form(name: "id too large", text: served + three, myid: "9223372036854775808"),
        Form(name: "server is no number", text: served + three + "server.x=10.0.0.4:1:2\n"),
        // What Java does not trim.
        Form(name: "blanks around an id", text: served + three, verdict: .refusedThere, myid: " 1 "),
        // It starts, and never gets a word of its peers: ZooKeeper keeps this number for observers.
        Form(
            name: "id 2^63-1",
            text: served + three + "server.9223372036854775807=10.0.0.4:1:2\n",
            verdict: .refusedHere
        ),
        Form(name: "TLS for clients", text: common + "secureClientPort=2281\n", verdict: .refusedHere),
        Form(name: "TLS for both", text: served + "secureClientPort=2281\n", verdict: .refusedHere),
        Form(name: "TLS between servers", text: served + three + "sslQuorum=true\n", verdict: .refusedHere),
        Form(name: "no TLS", text: served + three + "sslQuorum=false\nssl.keyStore.location=/k\n"),
        Form(name: "SASL", text: served + "requireClientAuthScheme=sasl\n", verdict: .refusedHere),
        Form(name: "no sync", text: served + "forceSync=no\n", verdict: .refusedHere),
        Form(name: "sync", text: served + "forceSync=yes\n"),
        Form(name: "reconfig", text: served + three + "reconfigEnabled=true\n", verdict: .refusedHere),
        Form(name: "no reconfig", text: served + three + "reconfigEnabled=false\n"),
        Form(
            name: "Bitnami",
            text: served
                + "maxCnxns=0\nmaxClientCnxns=60\nautopurge.snapRetainCount=3\nautopurge.purgeInterval=0\npreAllocSize=65536\n"
                + "snapCount=100000\n4lw.commands.whitelist=srvr, mntr\nadmin.serverPort=8080\nadmin.enableServer=true\n"
                + "server.1=zk-0.zk:2888:3888;2181\nserver.2=zk-1.zk:2888:3888;2181\nserver.3=zk-2.zk:2888:3888;2181\n"
        ),
        Form(
            name: "Strimzi of old",
            text: common
                + "standaloneEnabled=false\nreconfigEnabled=false\nclientPort=12181\nclientPortAddress=127.0.0.1\n"
                + "quorumListenOnAllIPs=true\nforceSync=yes\nserver.1=127.0.0.1:2888:3888:participant;127.0.0.1:12181\n"
        ),
        Form(name: "HBase", text: served + "server.1=localhost:2888:3888\nmaxClientCnxns=300\ndataLogDir=DIR/log\n"),
        Form(
            name: "Kafka",
            text:
                "dataDir=DIR/data\nclientPort=2181\nmaxClientCnxns=0\nadmin.enableServer=false\n# admin.serverPort=8080\n"
        ),
        Form(
            name: "Solr",
            text: served + three
                + "autopurge.snapRetainCount=3\nautopurge.purgeInterval=1\n4lw.commands.whitelist=mntr,conf,ruok\n"
        ),
        Form(
            name: "tuned",
            text: served + three
                + "globalOutstandingLimit=1000\njute.maxbuffer=4194304\ncnxTimeout=5\ntcpKeepAlive=true\n"
                + "fsync.warningthresholdms=50\nlocalSessionsEnabled=true\nleaderServes=no\nsyncEnabled=false\n"
                + "readonlymode.enabled=true\nmultiAddress.enabled=true\nserverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory\n"
        ),
        Form(name: "IPv6 clients", text: served + "clientPortAddress=::1\n" + three),
        Form(
            name: "observer with a client port",
            text: common + three + "server.4=10.0.0.4:2888:3888:observer;[::]:2181\n",
            myid: "4"
        ),
        Form(name: "observer master", text: served + three + "observerMasterPort=2191\n", verdict: .refusedHere),
        // What ZooKeeper insists on and ours has a default for.
        Form(
            name: "no initLimit",
            text: "dataDir=DIR/data\nclientPort=1\nsyncLimit=2\n" + three,
            verdict: .refusedThere
        ),
    ]

    static let isJudgeThere =
        ApacheEnsemble.isInstalled && FileManager.default.isExecutableFile(atPath: "/usr/bin/javac")

    /// Started as a source file, which needs Java's compiler.
    private static let judge = """
        import java.net.InetSocketAddress;
        import org.apache.zookeeper.server.quorum.QuorumPeerConfig;

        public class Judge {
            public static void main(String[] files) {
                for (String file : files) System.out.println(say(file));
            }

            static String quorums(org.apache.zookeeper.server.quorum.flexible.QuorumVerifier rule) {
                Long[] voters = new java.util.TreeSet<>(rule.getVotingMembers().keySet()).toArray(new Long[0]);
                StringBuilder text = new StringBuilder();
                for (int set = 0; set < 1 << voters.length; set++) {
                    java.util.Set<Long> some = new java.util.HashSet<>();
                    for (int i = 0; i < voters.length; i++) if ((set >> i & 1) == 1) some.add(voters[i]);
                    text.append(rule.containsQuorum(some) ? '1' : '0');
                }
                return text.toString();
            }

            static String say(String file) {
                QuorumPeerConfig read = new QuorumPeerConfig();
                QuorumPeerConfig.setStandaloneEnabled(true); // static, and so of the form before
                try { read.parse(file); } catch (Throwable error) { return "refused"; }
                InetSocketAddress client = read.getClientPortAddress();
                boolean joined = read.isDistributed();
                return "client " + (client == null ? "none" : client.getAddress().getHostAddress() + " " + client.getPort())
                    + ", " + (joined ? "servers " + new java.util.TreeSet<>(read.getServers().keySet())
                        + " " + read.getPeerType().toString().toLowerCase() + " " + quorums(read.getQuorumVerifier()) : "alone")
                    + ", tick " + read.getTickTime() + ", sessions " + read.getMinSessionTimeout() + " to "
                    + read.getMaxSessionTimeout() + ", all " + read.getQuorumListenOnAllIPs();
            }
        }
        """

    /// The same of ours.
    private static func words(_ path: String) -> String {
        guard let read = try? ServerConfiguration(contentsOf: path) else { return "refused" }
        let sessions = read.sessionTimeouts ?? 0...0
        let voters = read.zab.voters.count
        let quorums = (0..<(1 << voters)).map { set in
            read.zab.quorums.isQuorum(VoterSet((0..<voters).filter { set >> $0 & 1 == 1 })) ? "1" : "0"
        }
        let role = read.zab.isObserver ? "observer" : "participant"
        let host = ["::": "0:0:0:0:0:0:0:0", "::1": "0:0:0:0:0:0:0:1"][read.clientHost] ?? read.clientHost
        return "client " + (read.clientPort.map { "\(host) \($0)" } ?? "none") + ", "
            + (read.servers.isEmpty
                ? "alone" : "servers \(read.servers.map(\.id.rawValue)) \(role) \(quorums.joined())")
            + ", tick \(read.tickTime), sessions \(sessions.lowerBound) to \(sessions.upperBound), all "
            + "\(read.listensOnAllAddresses)"
    }

    @Test(.enabled(if: isJudgeThere, "needs Debian's zookeeper and a JDK"))
    func zooKeepersOwnParserIsRight() throws {
        let folder = TemporaryFolder()
        try folder.write(Self.judge.utf8, "Judge.java")
        var paths: [String] = []
        for (index, form) in Self.forms.enumerated() {
            let own = folder.path(of: "\(index)")
            try FileManager.default.createDirectory(atPath: own + "/data", withIntermediateDirectories: true)
            try folder.write(form.myid.utf8, "\(index)/data/myid")
            if let dynamic = form.dynamic { try folder.write(dynamic.utf8, "\(index)/dynamic") }
            try folder.write(form.text.replacingOccurrences(of: "DIR", with: own).utf8, "\(index)/zoo.cfg")
            paths.append(own + "/zoo.cfg")
        }
        let jars = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar"
        let run = try ProgramRun("/usr/bin/java", ["-cp", jars, folder.path(of: "Judge.java")] + paths)
        let theirs = run.output.split(separator: "\n").map(String.init)
        try #require(theirs.count == paths.count, "\(run.errors.suffix(2000))")
        for (form, (path, their)) in zip(Self.forms, zip(paths, theirs)) {
            let ours = Self.words(path)
            switch form.verdict {
            case .same: #expect(ours == their, "\(form.name)")
            case .refusedHere: #expect(ours == "refused" && their != "refused", "\(form.name): \(their)")
            case .refusedThere: #expect(ours != "refused" && their == "refused", "\(form.name): \(ours)")
            }
        }
    }
}
