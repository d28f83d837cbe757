import Foundation
import TestSupport
import Testing

@testable import Targets

/// How Apache ZooKeeper's servers are found, configured and started.
@Suite struct ZooKeeperLaunchTests {
    private let folder = TemporaryFolder()

    /// A Java that is one as far as looking for it goes.
    private func environment(_ others: [String: String] = [:]) throws -> [String: String] {
        try folder.make("java/bin")
        try folder.write("#!/bin/sh\n".utf8, "java/bin/java")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: folder.path(of: "java/bin/java")
        )
        return others.merging(["JAVA_HOME": folder.path(of: "java")]) { one, _ in one }
    }

    private func installation(_ others: [String: String] = [:]) throws -> ZooKeeperInstallation {
        try folder.make("release/lib")
        try folder.write([], "release/lib/zookeeper-3.9.3.jar")
        return try ZooKeeperInstallation(home: folder.path(of: "release"), environment: environment(others))
    }

    private func launch(size: Int = 3, outstanding: Int, _ others: [String: String] = [:]) throws -> ZooKeeperLaunch {
        ZooKeeperLaunch(
            installation: try installation(others),
            settings: ServerSettings(tickTimeMilliseconds: 500, initLimit: 20, syncLimit: 6, snapCount: 20_000),
            size: size,
            outstanding: outstanding
        )
    }

    private static let ports = [1, 2, 3].map { ServerPorts(client: 10 * $0, peer: 10 * $0 + 1, election: 10 * $0 + 2) }

    @Test func whatIsMissingIsOneLine() throws {
        let home = try folder.make("empty")
        #expect {
            _ = try ZooKeeperInstallation(home: nil, environment: ["PATH": "\(folder.path)/a:\(folder.path)/b"])
        } throws: { "\($0)".hasPrefix("zookeeper is not installed: make peers (no java on the PATH") }
        // A folder of that name is no program.
        try folder.make("a/java")
        #expect {
            _ = try ZooKeeperInstallation(home: nil, environment: ["PATH": "\(folder.path)/a"])
        } throws: { "\($0)".contains("no java on the PATH") }
        // What no package mends: the folder that was named is none of a release.
        let advice = "; name the folder of an Apache release"
        try folder.write([], "file")
        for (place, words) in [
            (home, "no \(home)/lib/zookeeper-<version>.jar"), (folder.path(of: "nowhere"), "no such folder"),
            (folder.path(of: "file"), "not a folder"), ("", "the folder's name is empty"),
        ] {
            #expect {
                _ = try ZooKeeperInstallation(home: place, environment: environment())
            } throws: { "\($0)" == words + advice }
            #expect(ZooKeeperInstallation.objection(toHome: place) == words + advice)
        }
        #expect {
            _ = try ZooKeeperInstallation(home: nil, environment: ["JAVA_HOME": home])
        } throws: { "\($0)".contains("no \(home)/bin/java (JAVA_HOME)") }
    }

    @Test func aReleaseIsFoundWithTheJavaOfTheEnvironment() throws {
        let found = try installation(["ZOOKEEPER_JVMFLAGS": " -Xmx1g  -Da=b "])
        #expect(found.java == folder.path(of: "java/bin/java"))
        #expect(found.classPath == folder.path(of: "release/lib/*"))
        #expect(found.flags == ["-Xmx1g", "-Da=b"])
        // Jars of the same name's beginning are others.
        try folder.make("other/lib")
        try folder.write([], "other/lib/zookeeper-jute-3.9.3.jar")
        #expect(throws: MissingSystem.self) {
            try ZooKeeperInstallation(home: folder.path(of: "other"), environment: environment())
        }
    }

    @Test func theServersKnowEachOther() throws {
        let server = ServerFolder(id: 2, in: folder.path)
        try launch(outstanding: 1).prepare(server, ports: Self.ports)
        let text = String(decoding: try folder.read("server2/zoo.cfg"), as: UTF8.self)
        #expect(
            text == """
                tickTime=500
                initLimit=20
                syncLimit=6
                snapCount=20000
                dataDir=\(folder.path)/server2/data
                clientPort=20
                clientPortAddress=127.0.0.1
                maxClientCnxns=0
                4lw.commands.whitelist=*
                admin.enableServer=false
                server.1=127.0.0.1:11:12
                server.2=127.0.0.1:21:22
                server.3=127.0.0.1:31:32

                """
        )
        #expect(try folder.read("server2/data/myid") == Array("2\n".utf8))
        #expect(folder.names(in: "server2") == ["data", "log4j.properties", "logback.xml", "zoo.cfg"])
    }

    /// ZooKeeper refuses an ensemble of one.
    @Test func oneServerStandsAlone() throws {
        let server = ServerFolder(id: 1, in: folder.path)
        let text = try launch(size: 1, outstanding: 1).configuration(of: server, ports: [Self.ports[0]])
        #expect(!text.contains("server."))
    }

    /// A thousand requests of all servers: of three, each takes half of them.
    @Test(arguments: [(1, 1000, 1001), (2, 1000, 1001), (3, 500, 501), (5, 250, 251)])
    func theLimitIsRaisedWhereTheLoadWouldReachIt(size: Int, within: Int, beyond: Int) throws {
        let flag = "-Dzookeeper.globalOutstandingLimit=100000"
        let server = ServerFolder(id: 1, in: folder.path)
        for (outstanding, isRaised) in [(within, false), (beyond, true)] {
            let launch = try launch(size: size, outstanding: outstanding)
            #expect(launch.command(for: server).arguments.contains(flag) == isRaised)
            #expect(
                launch.changes.contains { $0.hasPrefix("globalOutstandingLimit=100000 (default 1000)") } == isRaised
            )
        }
    }

    @Test func theUsersFlagsComeLastAndAreWrittenDown() throws {
        let launch = try launch(outstanding: 2000, ["ZOOKEEPER_JVMFLAGS": "-Dzookeeper.globalOutstandingLimit=7"])
        let command = launch.command(for: ServerFolder(id: 1, in: "/d"))
        #expect(command.program == folder.path(of: "java/bin/java"))
        #expect(command.arguments.last == "/d/server1/zoo.cfg")
        #expect(ZooKeeperProperties(arguments: command.arguments, environment: [:]).outstandingLimit == "7")
        #expect(launch.changes.last == "ZOOKEEPER_JVMFLAGS: -Dzookeeper.globalOutstandingLimit=7")
    }

    @Test func javaSaysItsHeap() {
        let machine = JavaMachine(
            parsing: """
                [Global flags]
                   size_t InitialHeapSize                          = 130023424                                 {product} {ergonomic}
                   size_t MaxHeapSize                              = 2065694720                                {product} {ergonomic}
                openjdk version "17.0.15" 2025-04-15
                OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)
                """
        )
        #expect(machine.version == "17.0.15" && machine.heapBytesMax == 2_065_694_720)
        #expect(JavaMachine(parsing: "") == JavaMachine(parsing: "x version"))
    }
}

/// What a running ZooKeeper was told.
@Suite struct ZooKeeperPropertiesTests {
    @Test func withoutAWordTheDefaultsHold() {
        let properties = ZooKeeperProperties(arguments: ["java", "-cp", "x"], environment: [:])
        #expect(properties.isSynced && properties.durability == "forceSync=yes")
        #expect(properties.snapCount == "100000" && properties.outstandingLimit == "1000")
    }

    /// Flags, environment, zoo.cfg, and whether the log is synced.
    private static let words: [([String], [String: String], String, Bool)] = [
        (["-Dzookeeper.forceSync=no"], [:], "", false), (["-Dzookeeper.forceSync=yes"], [:], "forceSync=no\n", false),
        (["-Dzookeeper.forceSync=no"], [:], "# a\n forceSync : yes \n", true), (["-DforceSync=no"], [:], "", true),
        ([], [:], "zookeeper.forceSync=no", true), ([], [:], "#forceSync=no\n!forceSync=no", true),
        ([], ["JAVA_TOOL_OPTIONS": "-Xmx1g -Dzookeeper.forceSync=no"], "", false),
        (["-Dzookeeper.forceSync=yes"], ["JDK_JAVA_OPTIONS": "-Dzookeeper.forceSync=no"], "", true),
        (["-Dzookeeper.forceSync=yes"], ["_JAVA_OPTIONS": "-Dzookeeper.forceSync=no"], "", false),
        (["-Dzookeeper.forceSync"], [:], "", true), (["-Dzookeeper.forceSync=NO"], [:], "", true),
    ]

    /// zoo.cfg becomes properties when the server starts, over those of the command line.
    @Test(arguments: words)
    func theLastWordCounts(arguments: [String], environment: [String: String], configuration: String, isSynced: Bool) {
        let properties = ZooKeeperProperties(
            arguments: arguments,
            environment: environment,
            configuration: configuration
        )
        #expect(properties.isSynced == isSynced, "\(properties)")
    }

    /// What a leader of ZooKeeper 3.8.0 was recorded to answer.
    @Test func confIsRead() {
        let conf = ZooKeeperConf(
            parsing: """
                clientPort=35633
                secureClientPort=-1
                dataDir=/tmp/tmpgkanu0sc/2/data/version-2
                dataDirSize=67109517
                dataLogDir=/tmp/tmpgkanu0sc/2/log/version-2
                dataLogSize=67109517
                tickTime=2000
                maxClientCnxns=60
                serverId=2
                membership:\u{20}
                server.1=127.0.0.1:34145:41849:participant
                version=0
                """
        )
        #expect(conf["dataDir"] == "/tmp/tmpgkanu0sc/2/data/version-2")
        #expect(conf["dataLogDir"] == "/tmp/tmpgkanu0sc/2/log/version-2")
        #expect(conf["tickTime"] == "2000" && conf["membership"] == nil)
        #expect(ZooKeeperConf(parsing: "conf is not executed because it is not in the whitelist.")["dataDir"] == nil)
    }

    @Test func aProcessThatIsGoneTellsNothing() { #expect(ZooKeeperProperties(pid: Int32.max) == nil) }
}
