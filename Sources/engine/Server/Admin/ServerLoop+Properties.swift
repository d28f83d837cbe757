import Glibc
import Host
import Replica
import Zab
import Znodes

/// What the admin server tells of files and of the process.
extension ServerLoop {
    /// 0 as ZooKeeper's number of a way to make digests: this server has its own.
    private static let digestVersion = 0

    var digestFields: [(String, JSON)] {
        let entries = host.member.state.digestLog.entries.map { entry -> JSON in
            .object([
                ("zxid", .int(Int(entry.zxid.rawValue))), ("digest", .int(Int(bitPattern: UInt(entry.digest)))),
                ("digest_version", .int(Self.digestVersion)),
            ])
        }
        return [("digests", .array(entries))]
    }

    /// The file, of a server alone only, as in ZooKeeper.
    var initialConfiguration: JSON {
        guard isAlone, !configuration.lines.isEmpty else { return .null }
        return .string(configuration.lines.map { "\($0.key)=\($0.value)\n" }.joined())
    }

    /// Seconds since 1970. Without one ZooKeeper has -1 for both.
    var snapshotFields: [(String, JSON)] {
        guard let newest = storeTimes.newest else {
            return [("zxid", .string("ffffffffffffffff")), ("timestamp", .int(-1))]
        }
        return [
            ("zxid", .string(String(newest.zxid.rawValue, radix: 16))), ("timestamp", .int(newest.second)),
        ]
    }

    /// A leader's.
    var observers: JSON {
        guard case .leading = host.member.peer.phase else { return .array([]) }
        let ids = Set(configuration.servers.filter(\.observer).map(\.id))
        let links = host.links.filter { $0.link.map { ids.contains($0.peer) } ?? false }
        return .array(
            links.map { connection in
                .object([
                    ("remote_socket_address", .string(JavaText.address(connection.socket.remoteAddress))),
                    ("sid", .int(Int(connection.link!.peer.rawValue))),
                    ("established", .int(Int(connection.socket.established))),
                    ("queued_packets", .int(connection.queue.count)),
                    ("queued_packets_size", .int(connection.queue.byteCount)),
                    ("last_zxid", .int(Int(committed.rawValue))),
                ])
            }
        )
    }

    /// Java's names for what every process has, and what ZooKeeper makes properties of: the lines of zoo.cfg that it does
    /// not know itself.
    var propertyFields: [(String, JSON)] {
        let shown: Set = [
            "java.io.tmpdir", "os.arch", "os.name", "os.version", "user.dir", "user.home", "user.name",
        ]
        var fields = ServerEnvironment.entries.filter { shown.contains($0.key) }
        fields += [
            ("file.encoding", "UTF-8"), ("file.separator", "/"), ("line.separator", "\n"), ("path.separator", ":"),
            ("user.timezone", "Etc/UTC"),
        ]
        for line in configuration.lines where !ServerConfiguration.isOwnOfZooKeeper(line.key) {
            fields.append(("zookeeper." + line.key, line.value))
        }
        return fields.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }
    }
}

extension ServerConfiguration {
    private static let keysOfZooKeeper: Set = [
        "dataDir", "dataLogDir", "clientPort", "clientPortAddress", "secureClientPort", "secureClientPortAddress",
        "observerMasterPort", "clientPortListenBacklog", "tickTime", "maxClientCnxns", "minSessionTimeout",
        "maxSessionTimeout", "initLimit", "syncLimit", "connectToLearnerMasterLimit", "electionAlg",
        "quorumListenOnAllIPs", "peerType", "syncEnabled", "dynamicConfigFile", "autopurge.snapRetainCount",
        "autopurge.purgeInterval", "standaloneEnabled", "reconfigEnabled", "localSessionsEnabled",
        "localSessionsUpgradingEnabled",
    ]

    /// What ZooKeeper reads from zoo.cfg without making a property of it, and what only this server knows.
    static func isOwnOfZooKeeper(_ key: String) -> Bool {
        keysOfZooKeeper.contains(key) || key.hasPrefix("metricsProvider.") || key.hasPrefix("zabbench.")
            || key.hasPrefix("zookeeper.")
    }
}
