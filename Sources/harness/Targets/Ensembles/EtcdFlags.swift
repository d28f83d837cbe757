import Foundation

/// What an etcd server was told, as its process has it: flags of its command line, and the variables of its environment
/// that stand for others.
public struct EtcdFlags: Sendable, Hashable {
    private var flags: [String: String] = [:]
    /// Of etcd and of Go's runtime, in their order.
    public private(set) var variables: [String] = []

    /// Of a process of this machine; nil where /proc does not tell.
    public init?(pid: Int32) {
        func words(_ file: String) -> [String]? {
            FileManager.default.contents(atPath: "/proc/\(pid)/\(file)").map { data in
                data.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        guard let arguments = words("cmdline"), let environment = words("environ") else { return nil }
        let pairs = environment.compactMap { word -> (String, String)? in
            word.firstIndex(of: "=").map { (String(word[..<$0]), String(word[word.index(after: $0)...])) }
        }
        self.init(arguments: Array(arguments.dropFirst()), environment: Dictionary(pairs) { $1 })
    }

    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - environment: `ETCD_SNAPSHOT_COUNT` is `--snapshot-count`, where the command line has none.
    public init(arguments: [String], environment: [String: String]) {
        for (name, value) in environment where name.hasPrefix("ETCD_") {
            flags[name.dropFirst("ETCD_".count).lowercased().replacing("_", with: "-")] = value
        }
        variables = environment.filter {
            $0.key.hasPrefix("ETCD_") || ["GOMAXPROCS", "GOGC", "GOMEMLIMIT"].contains($0.key)
        }
        .map { "\($0.key)=\($0.value)" }.sorted()
        var place = 0
        while place < arguments.count {
            let name = arguments[place].drop { $0 == "-" }
            let isFlag = arguments[place].hasPrefix("-")
            place += 1
            guard isFlag else { continue }
            if let end = name.firstIndex(of: "=") {
                flags[String(name[..<end])] = String(name[name.index(after: end)...])
            } else if place < arguments.count, !arguments[place].hasPrefix("-") {
                flags[String(name)] = arguments[place]
                place += 1
            } else {
                flags[String(name)] = "true"
            }
        }
    }

    public subscript(_ flag: String) -> String? { flags[flag] }

    /// Whether the write-ahead log is synced before a write is acknowledged, which is etcd's default.
    public var isSynced: Bool {
        // As Go reads a bool.
        !["1", "t", "true"].contains((flags["unsafe-no-fsync"] ?? "").lowercased())
    }
    public var durability: String { isSynced ? "fsync" : "unsafe-no-fsync" }
    public var snapshotCount: String { flags["snapshot-count"] ?? "the release's own (100000, from 3.6 on 10000)" }
    public var quota: String { flags["quota-backend-bytes"] ?? "2147483648" }
    public var compaction: String {
        let retention = flags["auto-compaction-retention"] ?? "0"
        return retention == "0" ? "none" : "\(flags["auto-compaction-mode"] ?? "periodic") \(retention)"
    }
    public var timeouts: String {
        "--heartbeat-interval=\(flags["heartbeat-interval"] ?? "100"), --election-timeout=\(flags["election-timeout"] ?? "1000") ms"
    }
}
