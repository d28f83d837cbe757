/// A server's answer to `mntr`: lines of key, tab, value.
public struct MonitorReport: Sendable, Equatable {
    private let values: [String: String]

    /// Lines without a tab are skipped; of a key that stands there twice the last value counts.
    public init(parsing text: String) {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            guard let tab = line.firstIndex(of: "\t") else { continue }
            let value = line[line.index(after: tab)...]
            values[String(line[..<tab])] = value.hasSuffix("\r") ? String(value.dropLast()) : String(value)
        }
        self.values = values
    }

    public subscript(_ key: String) -> String? { values[key] }

    /// A whole number; a value with a fraction (ZooKeeper's averages and sums) loses it. Negative values, by which
    /// ZooKeeper says "none", are nil.
    public func number(_ key: String) -> UInt64? {
        guard let text = values[key] else { return nil }
        if let value = UInt64(text) { return value }
        guard let value = Double(text), value >= 0, value < 1.8e19 else { return nil }
        return UInt64(value)
    }

    /// A number in hexadecimal digits, with or without `0x`.
    public func hexadecimal(_ key: String) -> UInt64? {
        guard let text = values[key] else { return nil }
        return UInt64(text.hasPrefix("0x") ? text.dropFirst(2) : text[...], radix: 16)
    }

    /// `leader`, `follower`, `observer`, `standalone`, `looking`; nil if the server does not say, which ZooKeeper does
    /// while it serves nobody.
    public var state: String? { values["zk_server_state"] }

    /// Whether the server takes part in a working ensemble.
    public var isServing: Bool {
        switch state {
        case "leader", "follower", "observer", "standalone": true
        default: false
        }
    }

    /// A standalone server decides alone, as a leader does.
    public var isLeading: Bool { state == "leader" || state == "standalone" }

    /// `zabbench` or `zookeeper`, by the keys that only ours has.
    public var system: String { values["zab_pid"] != nil || values["zab_epoch"] != nil ? "zabbench" : "zookeeper" }

    /// The version without the build's date; nil where the server does not say.
    public var version: String? {
        guard let text = values["zk_version"] else { return nil }
        let version = text.split(separator: ",", maxSplits: 1).first.map(String.init) ?? text
        // Debian's build leaves a placeholder of Maven where the commit belongs.
        return version.replacing("-${mvngit.commit.id}", with: "")
    }
}
