/// What a load is to hold (a service level objective): bounds of response times; nil where there is none.
public struct PlannedObjective: Sendable, Hashable {
    public var p50Milliseconds: Double?
    public var p99Milliseconds: Double?
    public var p999Milliseconds: Double?

    public init() {}
}

extension WorkloadFile {
    static let objectiveKeys = ["response_p50_ms", "response_p99_ms", "response_p999_ms"]

    /// The `slo` section; nil where there is none.
    ///
    /// - Throws: `WorkloadError`, also beside faults, around which response times are the outages'.
    static func objective(_ top: SettingTable) throws(WorkloadError) -> PlannedObjective? {
        guard let setting = top.setting("slo") else { return nil }
        let table = try SettingTable(setting, path: "slo", source: top.source, keys: objectiveKeys)
        func bound(_ key: String) throws(WorkloadError) -> Double? {
            table.has(key) ? try table.number(key, in: 0.001...3_600_000, default: 1) : nil
        }
        var objective = PlannedObjective()
        objective.p50Milliseconds = try bound(objectiveKeys[0])
        objective.p99Milliseconds = try bound(objectiveKeys[1])
        objective.p999Milliseconds = try bound(objectiveKeys[2])
        guard objective != PlannedObjective() else {
            let keys = objectiveKeys.joined(separator: ", ")
            throw top.error("slo", "it promises nothing; at least one of \(keys) expected")
        }
        guard !top.has("faults") else {
            throw top.error("slo", "faults are there, too, around which nothing is held; remove one of them")
        }
        return objective
    }
}
