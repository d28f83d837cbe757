import Log

extension WorkloadFile {
    /// Those without a number, as far as a slip can be told from another number.
    private static let plainBatchings = [BatchPolicy.each, .natural, .adaptive, .overlapped].map(\.label)

    static let logKeys = ["name", "strategy", "batching", "in_flight", "directories"]

    /// The `log` section, or a list of them: the product of each one's lists, one section after the other. Duplicates, as
    /// the default of two sections may be, are run once.
    ///
    /// - Throws: `WorkloadError` for a member of a product that makes no sense, with the reason.
    static func logs(_ top: SettingTable) throws(WorkloadError) -> [PlannedLog] {
        guard let log = top.setting("log") else { return [PlannedLog()] }
        var sections = [log]
        var isList = false
        if case .list(let list) = log.value { (sections, isList) = (list, true) }
        guard !sections.isEmpty else { throw top.error("log", "the list is empty; at least one section expected") }
        var logs: [PlannedLog] = []
        var seen: Set<PlannedLog> = []
        var names: Set<String> = []
        for (index, section) in sections.enumerated() {
            var path = isList ? "log[\(index)]" : "log"
            var table = try SettingTable(section, path: path, source: top.source, keys: logKeys)
            if isList, table.has("name") {
                let name = try table.word("name", default: "")
                guard names.insert(name).inserted else { throw table.error("name", "two sections are named \(name)") }
                path = "log.\(name)"
                table = try SettingTable(section, path: path, source: top.source, keys: logKeys)
            }
            for planned in try product(table) where seen.insert(planned).inserted { logs.append(planned) }
            guard logs.count <= runsMax else { throw tooMany(source: top.source) }
        }
        return logs
    }

    /// Every member of one section's product, in which all must make sense.
    private static func product(_ section: SettingTable) throws(WorkloadError) -> [PlannedLog] {
        let strategies =
            try section.parsed("strategy", names: SyncStrategy.all().map(\.label)) { (label) throws(StrategyError) in
                try SyncStrategy(label: label)
            }
            ?? [(.recycledFdatasync, section.place)]
        let policies =
            try section.parsed("batching", names: plainBatchings) { (label) throws(StrategyError) in
                try BatchPolicy(label: label)
            }
            ?? [(.natural, section.place)]
        let directories = try section.choices("directories", default: LogDirectories.one)
        let inFlight: [Int?] = try section.integers("in_flight", in: CommitOptions.inFlightRange) ?? [nil]
        var count = 1
        for factor in [strategies.count, policies.count, directories.count, inFlight.count] {
            let (product, overflow) = count.multipliedReportingOverflow(by: factor)
            guard !overflow, product <= runsMax else { throw tooMany(source: section.source) }
            count = product
        }
        var logs: [PlannedLog] = []
        for (strategy, _) in strategies {
            for (policy, place) in policies {
                for number in inFlight {
                    let commit: CommitOptions
                    do throws(StrategyError) {
                        commit = try CommitOptions(policy, inFlight: number, for: strategy)
                    } catch {
                        let member =
                            "strategy \(strategy.label), batching \(policy.label)"
                            + (number.map { ", in_flight \($0)" } ?? "")
                        throw WorkloadError(
                            "\(Setting.describe(place, source: section.source)): \(section.path): \(member): \(error)"
                                + (count == 1 ? "" : "; log may be a list of sections: put what goes together into one")
                        )
                    }
                    for directories in directories {
                        logs.append(PlannedLog(strategy: strategy, commit: commit, directories: directories))
                    }
                }
            }
        }
        return logs
    }
}
