import Results
import Statistics

extension SummaryTable {
    /// What a reader must know before quoting a row.
    static func notes(on groups: [LoadPointSummary], sweep: LogSweep) -> [String] {
        var notes = trustNotes(groups) + setUpNotes(groups)
        let crowded = groups.filter { $0.rows.contains(where: \.context.isMachineLimited) }
        if let first = crowded.first?.rows.first {
            let sizes = list(Set(crowded.map { $0.key.ensembleSize * ($0.key.shards ?? 1) }).sorted().map(String.init))
            notes.append(
                "Rows with \(sizes) \(sizes == "1" ? "server" : "servers") measure the machine: it has "
                    + "\(first.context.cores.map { "\(Count($0, "core"))" } ?? "too few cores") for servers and load."
            )
        }
        notes += objectiveNotes(groups)
        notes += limitNotes(groups, sweep: sweep)
        notes += identityNotes(groups, sweep: sweep)
        let untried = groups.contains { !$0.durability.isKnown && $0.key.system == "zabbench" }
        if groups.contains(where: \.durability.isKnown), untried {
            notes.append(
                "durable is - where that log was never tried with that batching (docs/reference/durability.md; zabbench verdict tries it)."
            )
        }
        let lossy = Set(groups.filter(\.durability.isLossy).map(\.key.fsyncStrategy)).sorted()
        if !lossy.isEmpty {
            notes.append(
                "NOT DURABLE: \(list(lossy)): in the simulator \(lossy.count == 1 ? "it loses" : "they lose") acknowledged "
                    + "writes (zabbench verdict shows how). None were lost in these runs, because nothing crashed."
            )
        }
        return notes
    }

    /// Where writes/s are not what syncs and batches make. Without a sync for each group the identity means nothing, and what
    /// that costs is in the verdict. Nor does it where nothing was written, or what was logged is a crowd's coming back.
    private static func identityNotes(_ groups: [LoadPointSummary], sweep: LogSweep) -> [String] {
        var rows: [String] = []
        var isAhead = false
        for group in groups where group.durability.isProven && group.key.storm.isEmpty {
            guard let found = group.distribution(\.log.identityRatio), found.median > 0,
                !SummaryRow.LogFigures.identityRange.contains(found.median)
            else { continue }
            let log = sweep.isSweep ? ", \(sweep.name(of: group))" : ""
            rows.append("\(found.error.beside(ConsoleTable.threeDigits(found.median))) (\(group.loadName)\(log))")
            isAhead = isAhead || found.median > 1
        }
        guard !rows.isEmpty else { return [] }
        return [
            "writes/s should be the leader's syncs/s x mean batch, and are that many times it: \(rows.joined(separator: "; "))."
                + (isAhead ? " Above 1 a quorum committed ahead of a leader whose own log was behind." : "")
        ]
    }

    /// Which loads hold their objective; a curve says itself how far it does.
    private static func objectiveNotes(_ groups: [LoadPointSummary]) -> [String] {
        let told = groups.filter { !$0.key.isOfCurve && $0.holdsObjective != nil }
        guard let objective = told.first?.rows.first?.objective.words else { return [] }
        let missed = told.filter { $0.holdsObjective == false }.map { group in
            "\(group.loadName), \(Count(group.key.ensembleSize, "server"))"
        }
        guard !missed.isEmpty else { return ["The objective (\(objective)) is held by \(Count(told.count, "load"))."] }
        return ["OBJECTIVE MISSED (\(objective)): \(missed.joined(separator: "; "))."]
    }

    /// `3, 5 and 7`.
    static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// What the loads ran into, those with the same limit in one sentence. A sweep of logs has a column for it.
    private static func limitNotes(_ groups: [LoadPointSummary], sweep: LogSweep) -> [String] {
        var limits: [(hint: String, of: [(load: String, sizes: [Int])])] = []
        let hasSystems = Set(groups.map(\.key.system)).count > 1
        for group in groups where !sweep.isSweep {
            let hints = Set(group.valid.compactMap(\.context.limiterHint))
            guard hints.count == 1, let hint = hints.first else { continue }
            let place = limits.firstIndex { $0.hint == hint } ?? limits.endIndex
            if place == limits.endIndex { limits.append((hint, [])) }
            let name = hasSystems ? "\(group.key.system): \(group.loadName)" : group.loadName
            let load = limits[place].of.firstIndex { $0.load == name }
            if let load {
                limits[place].of[load].sizes.append(group.key.ensembleSize)
            } else {
                limits[place].of.append((name, [group.key.ensembleSize]))
            }
        }
        return limits.map { limit in
            let loads = limit.of.map { load, sizes in
                "\(load), \(list(sizes.map(String.init))) \(sizes == [1] ? "server" : "servers")"
            }
            return "Limited by \(limit.hint): \(loads.joined(separator: "; "))."
        }
    }

    /// What was between the servers, what was made slower on purpose, and where the generator was the limit.
    private static func setUpNotes(_ groups: [LoadPointSummary]) -> [String] {
        var notes: [String] = []
        let rows = groups.flatMap(\.rows)
        for links in Set(rows.map(\.links)).sorted() where !links.isEmpty {
            notes.append(
                "The servers talked through the harness's proxy (\(links)): compare these rows only with rows of the same links."
            )
        }
        for turn in Set(rows.compactMap(\.context.turnMilliseconds)).sorted() {
            notes.append(
                "In turns of \(turn) ms with another load: rates are per second of the whole time, and each load had half of it."
            )
        }
        for injected in Set(rows.map(\.injected)).sorted() where !injected.isEmpty {
            notes.append("Slowed down on purpose: \(injected).")
        }
        for group in groups {
            let near = group.valid.filter { row in
                row.generatorBoundPerSecond != nil && row.context.isGeneratorLimited
            }
            guard let row = near.first, let bound = row.generatorBoundPerSecond else { continue }
            notes.append(
                "\(group.loadName) with \(Count(group.key.ensembleSize, "server")) is generator-limited: the generator does "
                    + "\(ConsoleTable.grouped(bound))/s against a target that answers at once."
            )
        }
        return notes
    }
}
