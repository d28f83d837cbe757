import Results

/// What tables, charts and outputs call a load.
extension LoadKey {
    /// `closed 16x64, 128 B, on the leader`, with the point's name before it: as tables and charts name the load.
    public var loadName: String {
        var text = point.isEmpty ? "" : point + ": "
        if !recipe.isEmpty { return text + recipeName + place }
        if !storm.isEmpty { return text + stormName + place }
        text += mode.replacing("_", with: " ")
        if let ratePerSecond { text += " \(ConsoleTable.grouped(ratePerSecond))/s" }
        if !rateProfile.isEmpty { text += " (\(rateProfile))" }
        if let ofCapacity { text += " at \(CSVValue.number(ofCapacity).plain) of capacity" }
        text += " \(clients)x\(outstanding), \(payloadBytes) B"
        if let multi { text += ", multi \(multi)" }
        if !reads.isEmpty { text += ", \(reads) reads" }
        return text + place
    }

    private var place: String {
        switch connectTo {
        case "leader": ", on the leader"
        case "followers", "observers": ", on the \(connectTo)"
        default: ""
        }
    }

    /// `lock, 32 contenders, 128 B`.
    private var recipeName: String {
        let who = recipe == "config" ? "subscriber" : "contender"
        return "\(recipe), \(Count(clients, who)), \(payloadBytes) B"
    }

    /// `storm of 1,000 sessions, 1 watch each, connections cut, 8 readers at 1,000/s`.
    private var stormName: String {
        let rate = ratePerSecond.map { " at \(ConsoleTable.grouped($0))/s" } ?? ""
        return "storm of \(Count(clients, "session")), \(Count(stormWatches ?? 0, "watch", "watches")) each, "
            + "\(storm.replacing("_", with: " ")), \(Count(stormReaders ?? 0, "reader"))\(rate)"
    }

    /// `3 servers`, `3 servers and 2 observers`, `2 shards of 3 servers`.
    var serversInWords: String {
        (shards.map { "\(Count($0, "shard")) of " } ?? "") + Count(ensembleSize, "server").description
            + (observers.map { " and \(Count($0, "observer"))" } ?? "")
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
