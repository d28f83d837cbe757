import Foundation

/// What a ZooKeeper server was told, as its process has it: properties of its Java machine, and the keys of its zoo.cfg,
/// which ZooKeeper makes properties of when it starts.
public struct ZooKeeperProperties: Sendable, Hashable {
    /// Without `zookeeper.`.
    private var values: [String: String] = [:]
    /// `-Xmx1g` and the like: what its Java machine was told beside properties, which may hold secrets.
    public private(set) var machineFlags: [String] = []

    /// Whether the program is one of ZooKeeper's own, and not another's that reads such a file.
    public private(set) var isOfZooKeeper = false

    /// Of a process of this machine; nil where /proc does not tell.
    public init?(pid: Int32) {
        func words(_ file: String) -> [String]? {
            FileManager.default.contents(atPath: "/proc/\(pid)/\(file)").map { data in
                data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        guard let arguments = words("cmdline"), let path = arguments.last, let environment = words("environ"),
            // A path that is not absolute is so in the process's own folder.
            let configuration = FileManager.default.contents(
                atPath: path.hasPrefix("/") ? path : "/proc/\(pid)/cwd/\(path)"
            )
        else { return nil }
        let pairs = environment.compactMap { word -> (String, String)? in
            word.firstIndex(of: "=").map { (String(word[..<$0]), String(word[word.index(after: $0)...])) }
        }
        self.init(
            arguments: arguments,
            environment: Dictionary(pairs) { $1 },
            configuration: String(decoding: configuration, as: UTF8.self)
        )
    }

    /// - Parameters:
    ///   - arguments: of the Java machine.
    ///   - environment: Java's own variables count, too.
    ///   - configuration: zoo.cfg's text.
    public init(arguments: [String], environment: [String: String], configuration: String = "") {
        func split(_ name: String) -> [String] {
            (environment[name] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        }
        isOfZooKeeper = arguments.contains { $0.hasPrefix("org.apache.zookeeper.") }
        machineFlags = arguments.filter { $0.hasPrefix("-X") }
        // In the order in which Java takes them: the last one counts.
        let prefix = "-Dzookeeper."
        for flag in split("JAVA_TOOL_OPTIONS") + split("JDK_JAVA_OPTIONS") + arguments + split("_JAVA_OPTIONS")
        where flag.hasPrefix(prefix) {
            let parts = flag.dropFirst(prefix.count).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            values[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        // A key that ZooKeeper does not know itself becomes a property with `zookeeper.` before it, whatever it is.
        for line in configuration.split(whereSeparator: \.isNewline) {
            let text = line.drop(while: \.isWhitespace)
            guard let end = text.firstIndex(where: { "=:".contains($0) }), text.first != "#", text.first != "!" else {
                continue
            }
            values[Self.trimmed(text[..<end])] = Self.trimmed(text[text.index(after: end)...])
        }
    }

    private static func trimmed(_ text: Substring) -> String { text.trimmingCharacters(in: .whitespaces) }

    public subscript(_ key: String) -> String? { values[key] }

    /// Whether the log is synced before a write is acknowledged, which is ZooKeeper's default.
    public var isSynced: Bool { values["forceSync"] != "no" }
    public var durability: String { "forceSync=\(values["forceSync"] ?? "yes")" }
    public var snapCount: String { values["snapCount"] ?? "100000" }
    public var outstandingLimit: String { values["globalOutstandingLimit"] ?? "1000" }
}

/// A ZooKeeper server's answer to `conf`.
public struct ZooKeeperConf: Sendable, Hashable {
    private var values: [String: String] = [:]

    /// - Parameter text: lines of key, `=` and value; others are skipped.
    public init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let end = line.firstIndex(of: "=") else { continue }
            values[String(line[..<end])] = String(line[line.index(after: end)...])
        }
    }

    public subscript(_ key: String) -> String? { values[key] }
}
