extension WorkloadFile {
    /// What a load point is planned at: one of the four.
    struct PlannedRates {
        /// Empty in a closed loop, and where a share says the rate.
        var perSecond: [Double] = []
        var share: Double?
        /// `perSecond` has its mean.
        var profile: RateProfile?
        /// `perSecond` is of no meaning then.
        var replay: ReplaySchedule?
        var curveShares: [Double] = []
        var precision: Double?
        var longestSeconds: Double?
    }

    static let profileKeys = ["steps", "ramp", "sine", "burst", "replay", "speed"]

    /// From far below the capacity, where nothing waits, to beyond it; closest where the curve bends.
    static let usualShares = [0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1]

    /// A fifth on each side: the p99 at the knee is several times that far below, so that is enough to see it.
    static let usualPrecision = 0.2

    private static let rateRange = 0...10_000_000.0

    /// - Parameter durationSeconds: of the measured part, over which a ramp goes.
    static func rates(
        _ table: SettingTable,
        _ mode: Mode,
        durationSeconds: Double
    ) throws(WorkloadError) -> PlannedRates {
        let keys = ["rate_per_s", "rate_share", "profile"]
        for key in keys + ["arrivals"] where mode == .closed && table.has(key) {
            throw table.error(key, "only an open loop has it; set mode: open")
        }
        for key in ["shares", "precision", "longest_s"] where mode != .curve && table.has(key) {
            throw table.error(key, "only a curve has it; set mode: curve")
        }
        var rates = PlannedRates()
        let said = keys.filter(table.has)
        switch mode {
        case .closed: return rates
        case .curve:
            if let key = said.first {
                throw table.error(key, "a curve has the rates of its shares; remove it, or set mode: open")
            }
            rates.curveShares = try shares(table)
            rates.precision = try table.number("precision", in: 0.01...10, default: usualPrecision)
            rates.longestSeconds = try longest(table, durationSeconds: durationSeconds)
            return rates
        case .storm:
            if let key = said.first(where: { $0 != "rate_per_s" }) {
                throw table.error(key, "a storm's readers keep to one rate; remove it, or set rate_per_s")
            }
            rates.perSecond = try table.numbers("rate_per_s", in: 0.1...10_000_000) ?? [usualReads]
            return rates
        case .open: break
        }
        guard let key = said.first else {
            throw table.error("rate_per_s", "missing; an open loop needs a rate, a rate_share or a profile")
        }
        guard said.count == 1 else { throw table.error(said[1], "\(key) is there, too; keep one of them") }
        rates.perSecond = try table.numbers("rate_per_s", in: 0.1...10_000_000) ?? []
        if table.has("rate_share") { rates.share = try table.number("rate_share", in: 0.01...1, default: 1) }
        rates.replay = try replay(table)
        if let replay = rates.replay {
            rates.perSecond = [Double(replay.count) / replay.seconds]
            return rates
        }
        rates.profile = try profile(table, durationSeconds: durationSeconds)
        if let profile = rates.profile { rates.perSecond = [profile.mean(seconds: durationSeconds)] }
        return rates
    }

    private static func longest(_ table: SettingTable, durationSeconds: Double) throws(WorkloadError) -> Double {
        let longest = try table.number("longest_s", in: 0.1...86_400, default: 2 * durationSeconds)
        guard longest >= durationSeconds else {
            throw table.error("longest_s", "shorter than the duration_s of the load, which each point has at least")
        }
        return longest
    }

    private static func shares(_ table: SettingTable) throws(WorkloadError) -> [Double] {
        let shares = try table.numbers("shares", in: 0.001...2) ?? usualShares
        guard Set(shares).count == shares.count else {
            throw table.error("shares", "a share is listed twice; list each one once")
        }
        guard shares.count > 1 else {
            throw table.error("shares", "one point is no curve; list several, or set mode: open with a rate_share")
        }
        return shares
    }

    // MARK: Profiles

    /// Nil where the load has none.
    private static func profile(
        _ load: SettingTable,
        durationSeconds: Double
    ) throws(WorkloadError) -> RateProfile? {
        guard let setting = load.setting("profile") else { return nil }
        let table = try SettingTable(setting, path: load.path + ".profile", source: load.source, keys: profileKeys)
        let kinds = profileKeys.filter { $0 != "speed" }
        let said = profileKeys.filter(table.has)
        guard said.count == 1, let kind = said.first, kinds.contains(kind) else {
            throw load.error(
                "profile",
                "one of \(kinds.joined(separator: ", ")) expected, and no other beside it"
            )
        }
        let profile: RateProfile
        switch kind {
        case "steps": profile = .steps(try steps(table, durationSeconds: durationSeconds))
        case "ramp": profile = try ramp(table, durationSeconds: durationSeconds)
        case "sine": profile = try sine(table)
        default: profile = try burst(table)
        }
        guard profile.count(seconds: durationSeconds) > 0 else {
            throw table.error(kind, "nothing is planned in the duration_s of the load; let a rate be above 0")
        }
        return profile
    }

    private static func steps(_ profile: SettingTable, durationSeconds: Double) throws(WorkloadError) -> [RateStep] {
        guard let setting = profile.setting("steps"), case .list(let list) = setting.value, !list.isEmpty else {
            throw profile.error("steps", "a list expected, such as [{rate_per_s: 1000, seconds: 5}]")
        }
        var steps: [RateStep] = []
        for (index, setting) in list.enumerated() {
            let table = try SettingTable(
                setting,
                path: "\(profile.path).steps[\(index)]",
                source: profile.source,
                keys: ["rate_per_s", "seconds"]
            )
            steps.append(
                RateStep(
                    ratePerSecond: try needed("rate_per_s", of: table, in: rateRange),
                    seconds: try needed("seconds", of: table, in: 0.001...86_400)
                )
            )
        }
        // What begins behind the end would be read and never run.
        guard steps.dropLast().reduce(0, { $0 + $1.seconds }) < durationSeconds else {
            throw profile.error("steps", "the last one begins behind the load's duration_s; make that longer")
        }
        return steps
    }

    private static func ramp(_ profile: SettingTable, durationSeconds: Double) throws(WorkloadError) -> RateProfile {
        let table = try section("ramp", of: profile, keys: ["from", "to"])
        return .ramp(
            from: try needed("from", of: table, in: rateRange),
            to: try needed("to", of: table, in: rateRange),
            seconds: durationSeconds
        )
    }

    private static func sine(_ profile: SettingTable) throws(WorkloadError) -> RateProfile {
        let table = try section("sine", of: profile, keys: ["mean", "amplitude", "period_s"])
        let mean = try needed("mean", of: table, in: 0.1...10_000_000)
        let amplitude = try needed("amplitude", of: table, in: rateRange)
        guard amplitude <= mean else {
            throw table.error("amplitude", "above the mean, and no rate is below 0; let it be at most the mean")
        }
        return .sine(
            mean: mean,
            amplitude: amplitude,
            periodSeconds: try needed("period_s", of: table, in: 0.001...86_400)
        )
    }

    private static func burst(_ profile: SettingTable) throws(WorkloadError) -> RateProfile {
        let table = try section("burst", of: profile, keys: ["base", "peak", "every_s", "for_s"])
        let base = try needed("base", of: table, in: rateRange)
        let peak = try needed("peak", of: table, in: rateRange)
        guard peak > base else { throw table.error("peak", "not above the base; a burst is a higher rate") }
        let every = try needed("every_s", of: table, in: 0.001...86_400)
        let length = try needed("for_s", of: table, in: 0.001...86_400)
        guard length < every else { throw table.error("for_s", "not below every_s; then the peak would never end") }
        return .burst(base: base, peak: peak, everySeconds: every, forSeconds: length)
    }

    private static func section(
        _ key: String,
        of profile: SettingTable,
        keys: [String]
    ) throws(WorkloadError) -> SettingTable {
        let empty = Setting(value: .table([]), place: profile.place)
        return try SettingTable(
            profile.setting(key) ?? empty,
            path: "\(profile.path).\(key)",
            source: profile.source,
            keys: keys
        )
    }

    /// A number without a default.
    private static func needed(
        _ key: String,
        of table: SettingTable,
        in range: ClosedRange<Double>
    ) throws(WorkloadError) -> Double {
        guard table.has(key) else { throw table.error(key, "missing; it has no default") }
        return try table.number(key, in: range, default: 0)
    }
}
