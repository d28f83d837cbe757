import Results

/// What tables, charts and outputs call a load.
extension LoadKey {
    /// `closed 16x64, 128 B, on the leader`, with the point's name before it: as tables and charts name the load.
    public var loadName: String {
        var text = point.isEmpty ? "" : point + ": "
        text += mode.replacing("_", with: " ")
        if let ratePerSecond { text += " \(ConsoleTable.grouped(ratePerSecond))/s" }
        if !rateProfile.isEmpty { text += " (\(rateProfile))" }
        if let ofCapacity { text += " at \(CSVValue.number(ofCapacity).plain) of capacity" }
        text += " \(clients)x\(outstanding), \(payloadBytes) B"
        if let multi { text += ", multi \(multi)" }
        if !reads.isEmpty { text += ", \(reads) reads" }
        switch connectTo {
        case "leader": text += ", on the leader"
        case "followers", "observers": text += ", on the \(connectTo)"
        default: break
        }
        return text
    }

    /// `3 servers`, `3 servers and 2 observers`.
    var serversInWords: String {
        Count(ensembleSize, "server").description + (observers.map { " and \(Count($0, "observer"))" } ?? "")
    }

    /// The batch policy, and how many groups are in flight where the policy does not say it.
    public var commit: String {
        let inFlight = inFlight ?? 1
        return inFlight == (batchPolicy == "overlapped" ? 2 : 1) ? batchPolicy : "\(batchPolicy), \(inFlight) in flight"
    }

    /// `zabbench, 3 servers, saturation: closed 16x64, 128 B, fdatasync_recycled natural`.
    public var label: String {
        let log = [fsyncStrategy, batchPolicy].filter { !$0.isEmpty }.joined(separator: " ")
        return [system, serversInWords, loadName, log].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// The labels of loads, made longer where two would be one: `..., mix=set:100`.
    public static func labels(_ keys: [LoadKey]) -> [LoadKey: String] {
        var byLabel: [String: [LoadKey]] = [:]
        for key in Set(keys) { byLabel[key.label, default: []].append(key) }
        var labels: [LoadKey: String] = [:]
        for (label, same) in byLabel {
            let members = same.map(\.members)
            let differing = columns.map(\.name).filter { name in Set(members.map { $0[name] ?? "" }).count > 1 }
            for (key, members) in zip(same, members) {
                let settings = differing.compactMap { name in members[name].map { "\(name)=\($0)" } }
                labels[key] = ([label] + settings).joined(separator: ", ")
            }
        }
        return labels
    }
}
