import Results

extension StoredResults {
    /// The runs and faults whose description holds each of some texts, and what belongs to them; all if there is no text.
    ///
    /// A run's description is `zabbench, 3 servers, saturation: closed 16x64, 128 B, fdatasync_recycled natural, 1 in flight,
    /// one directory`, a fault's `zabbench, 3 servers, leader killed, light`.
    public func matching(_ texts: [String]) -> StoredResults {
        guard !texts.isEmpty else { return self }
        func isWanted(_ description: String) -> Bool { texts.allSatisfy { description.contains($0) } }
        var some = self
        some.runs = runs.filter { isWanted(LoadKey($0).description) }
        some.faults = faults.filter { isWanted($0.description) }
        let ids = Set(some.runs.map(\.tag.runID) + some.faults.map(\.tag.runID))
        some.faultBins = faultBins.filter { ids.contains($0.tag.runID) }
        some.seconds = seconds.filter { ids.contains($0.tag.runID) }
        some.servers = servers.filter { ids.contains($0.tag.runID) }
        some.stages = stages.filter { ids.contains($0.tag.runID) }
        some.storms = storms.filter { ids.contains($0.tag.runID) }
        some.events = events.filter { ids.contains($0.tag.runID) }
        return some
    }

    /// Of all runs, each once.
    public var descriptions: [String] { Set(runs.map { LoadKey($0) }).sorted().map(\.description) }
}

extension LoadKey {
    var description: String {
        let directories = logDirectories == "one" ? "one directory" : "separate directories"
        return label + (inFlight.map { ", \($0) in flight" } ?? "") + (logDirectories.isEmpty ? "" : ", \(directories)")
    }
}

extension ElectionRow {
    var description: String {
        "\(tag.system), \(Count(tag.ensembleSize, "server")), \(fault.kind.replacing("_", with: " ")), \(fault.point)"
    }
}
