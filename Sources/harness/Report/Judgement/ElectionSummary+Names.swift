import Results

extension ElectionSummary {
    /// What tells faults apart, as a folder's report calls them: `leader killed, 3 servers`. In the order of `keys`.
    public static func names(_ keys: [Key]) -> [String] {
        let settings = FaultSettings(keys)
        return keys.map { "\(HTMLReport.words($0.kind)), \(settings.name($0))" }
    }
}
