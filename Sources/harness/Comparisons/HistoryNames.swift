/// Short names of a history's loads: the digests of machine and setup that keep unlike runs apart are numbers here, and
/// only where there are several.
struct HistoryNames {
    private var environments: [String] = []
    /// Of each label and environment.
    private var setups: [String: [String?]] = [:]

    init(_ series: [HistorySeries]) {
        for one in series {
            if !environments.contains(one.environmentDigest) { environments.append(one.environmentDigest) }
            let key = Self.key(one)
            if !setups[key, default: []].contains(one.fingerprint) { setups[key, default: []].append(one.fingerprint) }
        }
    }

    private static func key(_ series: HistorySeries) -> String { "\(series.label)\n\(series.environmentDigest)" }

    /// `3 servers, saturation: closed 16x64, 128 B, machine 2`.
    func title(_ series: HistorySeries) -> String {
        var parts = [series.label]
        if environments.count > 1, let place = environments.firstIndex(of: series.environmentDigest) {
            parts.append("machine \(place + 1)")
        }
        let setups = setups[Self.key(series)] ?? []
        if setups.count > 1, let place = setups.firstIndex(of: series.fingerprint) {
            parts.append("setup \(place + 1)")
        }
        return parts.joined(separator: ", ")
    }

    /// What the numbers are; empty where there are none.
    var legend: String {
        guard environments.count > 1 else { return "" }
        let machines = environments.enumerated().map { "machine \($0.offset + 1) is environment \($0.element)" }
        return machines.joined(separator: ", ") + "."
    }
}
