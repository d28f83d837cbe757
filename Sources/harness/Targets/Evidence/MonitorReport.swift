import Client
import NIOCore
import Wire

/// A server's answers to `mntr` and, if it is ours, to `zfig`: lines of key, tab, value.
public struct MonitorReport: Sendable, Equatable {
    private var values: [String: String]

    /// Lines without a tab are skipped; of a key that stands there twice the last value counts.
    public init(parsing text: String) { values = Telemetry.monitorValues(parsing: text) }

    typealias Key = Telemetry.MonitorKey

    init(values: [String: String]) { self.values = values }

    func merging(_ more: [String: String]) -> MonitorReport { MonitorReport(values: values.merging(more) { $1 }) }

    /// A key that only reports of etcd's servers have.
    static let etcdKey = "etcd"

    public subscript(_ key: Telemetry.MonitorKey) -> String? { values[key.rawValue] }
    public func number(_ key: Telemetry.MonitorKey) -> UInt64? { number(key.rawValue) }
    public func hexadecimal(_ key: Telemetry.MonitorKey) -> UInt64? { hexadecimal(key.rawValue) }

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

    /// The state of a server that serves, and does not say in which role.
    static let roleless = "serving"

    /// Whether its state says if it leads.
    public var tellsRole: Bool { state != Self.roleless }

    /// `leader`, `follower`, `observer`, `standalone`, `looking`; nil if the server does not say, which ZooKeeper does
    /// while it serves nobody.
    public var state: String? { self[.state] }

    /// Whether the server takes part in a working ensemble.
    public var isServing: Bool {
        switch state {
        case "leader", "follower", "observer", "standalone", Self.roleless: true
        default: false
        }
    }

    /// A standalone server decides alone, as a leader does.
    public var isLeading: Bool { state == "leader" || state == "standalone" }

    /// `zabbench`, `yardstick`, `zookeeper` or `etcd`, by what it calls itself or by the keys that only one of them has.
    public var system: String {
        if values[Self.etcdKey] != nil { return "etcd" }
        if self[.version]?.hasSuffix(YardstickLaunch.versionSuffix) == true { return YardstickLaunch.system }
        return hasFigures || self[.version]?.contains("zabbench") == true ? "zabbench" : "zookeeper"
    }

    /// Older servers of ours have all in `mntr`.
    private var hasFigures: Bool { self[.pid] != nil || self[.epoch] != nil }

    /// What a server of ours says in `zfig` alone; nil if it does not answer, or is an older one, whose figures do not say
    /// what it is.
    static func figures(of endpoint: Endpoint, timeout: TimeAmount) async -> MonitorReport? {
        guard let text = try? await fourLetterWord(Telemetry.Word.figures.rawValue, endpoint, timeout: timeout) else {
            return nil
        }
        let report = MonitorReport(parsing: text)
        return report.state == nil ? nil : report
    }

    /// With what only our servers tell, if this is one that has not told it yet, and does.
    func completed(at endpoint: Endpoint, timeout: TimeAmount) async -> MonitorReport {
        guard system == "zabbench", !hasFigures,
            let text = try? await fourLetterWord(Telemetry.Word.figures.rawValue, endpoint, timeout: timeout)
        else { return self }
        var report = self
        report.values.merge(Telemetry.monitorValues(parsing: text)) { $1 }
        return report
    }

    /// The version without the build's date; nil where the server does not say.
    public var version: String? {
        guard let text = self[.version] else { return nil }
        let version = text.split(separator: ",", maxSplits: 1).first.map(String.init) ?? text
        // Debian's build leaves a placeholder of Maven where the commit belongs.
        return version.replacing("-${mvngit.commit.id}", with: "").replacing(YardstickLaunch.versionSuffix, with: "")
    }
}
