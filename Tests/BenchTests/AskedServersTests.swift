import Client
import Results
import Targets
import Testing
import Workload

@testable import Bench

/// What manifest.json says of servers that nobody here has configured.
@Suite struct AskedServersTests {
    private static let conf = ZooKeeperConf(
        parsing: """
            clientPort=2181
            dataDir=/d/version-2
            dataLogDir=/d/version-2
            tickTime=2000
            maxClientCnxns=60
            initLimit=10
            """
    )
    private static let environment = ZooKeeperConf(parsing: "Environment:\njava.version=17.0.15\nos.memory.max=256MB\n")

    private static func server(
        _ id: Int,
        flags: [String]? = nil,
        conf: ZooKeeperConf = conf,
        system: String = "zookeeper"
    ) -> AskedServers.One {
        AskedServers.One(
            server: EnsembleServer(id: id, endpoint: Endpoint(host: "h", port: id)),
            pid: flags == nil ? nil : 1,
            system: system,
            conf: conf,
            environment: environment,
            properties: flags.map { ZooKeeperProperties(arguments: $0, environment: [:]) }
        )
    }

    @Test func whatTheyTellIsWrittenDownAndTheRestIsUnknown() {
        let settings = SystemSettings(of: AskedServers([Self.server(1), Self.server(2)]))
        #expect(settings.isSynced == nil)
        #expect(
            settings.durability
                == "unknown: the servers' processes cannot be seen from here, and no four-letter word tells it"
        )
        #expect(settings.heapMax == "256MB (Java 17.0.15)" && settings.dataFolder == "/d/version-2")
        #expect(settings.snapshots.hasPrefix("unknown: ") && settings.outstandingLimit.hasPrefix("unknown: "))
        #expect(settings.fileSystem.hasPrefix("unknown: "))
        #expect(settings.changes == ["as conf tells it: tickTime=2000, initLimit=10, maxClientCnxns=60"])
        #expect(settings.clients.hasSuffix("servers elsewhere"))
    }

    @Test func processesOfThisMachineShowTheirs() {
        let flags = ["java", "-Xmx1g", "-Dzookeeper.snapCount=5", "-Dzookeeper.superDigest=secret"]
        let settings = SystemSettings(of: AskedServers([Self.server(1, flags: flags), Self.server(2, flags: flags)]))
        #expect(settings.durability == "forceSync=yes" && settings.isSynced == true)
        #expect(settings.snapshots == "snapCount=5" && settings.outstandingLimit == "globalOutstandingLimit=1000")
        #expect(settings.changes.last == "flags of the Java machine: -Xmx1g")
        #expect(!"\(settings)".contains("secret") && settings.clients.hasSuffix("the servers are on it"))
    }

    @Test func serversThatDifferAreToldApart() {
        let lax = ["-Dzookeeper.forceSync=no"]
        let mixed = SystemSettings(of: AskedServers([Self.server(1, flags: []), Self.server(2, flags: lax)]))
        #expect(mixed.durability == "forceSync=yes and forceSync=no" && mixed.isSynced == false)
        // One that nobody can see may be anything.
        let half = SystemSettings(of: AskedServers([Self.server(1, flags: []), Self.server(2)]))
        #expect(half.durability == "forceSync=yes and unknown" && half.isSynced == nil)
    }

    @Test func ofOursTheStrategyCounts() {
        let ours = SystemSettings(of: AskedServers([Self.server(1, flags: [], system: "zabbench")]))
        #expect(ours.durability == "fdatasync_recycled" && ours.isSynced == true)
        #expect(ours.outstandingLimit == "globalOutstandingLimit=none")
    }

    @Test func silenceIsUnknown() {
        let silent = SystemSettings(of: AskedServers([Self.server(1, conf: ZooKeeperConf(parsing: ""))]))
        #expect(silent.dataFolder == "unknown: conf is not answered")
        #expect(silent.changes == ["unknown: conf is not answered"])
    }

    private static func rival(_ durability: DeclaredDurability?, flags: [String]? = nil) throws -> SystemSettings {
        let rival = PlannedRival(
            name: "keeper",
            command: try RivalCommand("/opt/keeper --at {client_port}"),
            durability: durability
        )
        return SystemSettings(of: rival, AskedServers([server(1, flags: flags)]), dataRoot: "data", disks: [])
    }

    @Test func aRivalsDurabilityIsDeclaredAndNotObserved() throws {
        let synced = try Self.rival(.synced)
        #expect(synced.durability == "declared synced by the workload, not observed" && synced.isSynced == true)
        #expect(synced.changes.first == "command: /opt/keeper --at {client_port}" && synced.dataFolder == "data")
        #expect(try Self.rival(.unsynced).isSynced == false)
        let silent = try Self.rival(nil)
        #expect(silent.durability == "unknown: the workload does not declare it" && silent.isSynced == nil)
    }

    @Test func aProcessThatShowsOtherwiseIsBelieved() throws {
        let belied = try Self.rival(.synced, flags: ["-Dzookeeper.forceSync=no"])
        #expect(belied.durability == "declared synced by the workload, but forceSync=no in its process")
        #expect(belied.isSynced == false)
    }
}
