/// `inject: {stall: {at_s, for_s}}`.
extension WorkloadFile {
    static let stallKeys = ["at_s", "for_s"]

    /// - Throws: `WorkloadError` where the stall would not lie in the measured part, or there is nobody to stop.
    static func stall(
        _ table: SettingTable,
        _ top: SettingTable,
        placement: EnsemblePlacement,
        into injection: inout PlannedInjection
    ) throws(WorkloadError) {
        guard let setting = table.setting("stall") else { return }
        let stall = try SettingTable(setting, path: "inject.stall", source: table.source, keys: stallKeys)
        for key in stallKeys where !stall.has(key) { throw stall.error(key, "missing; it has no default") }
        let at = try stall.number("at_s", in: 1...86_400, default: 1)
        let length = try stall.number("for_s", in: 0.01...60, default: 1)
        let duration = try top.number("duration_s", in: 0.1...86_400, default: 10)
        guard at + length <= duration else {
            throw stall.error("at_s", "the stall would end after the load's duration_s; let it begin earlier")
        }
        guard placement == .processes else {
            throw table.error("stall", "only a process of ours can be stopped; set ensemble.placement: processes")
        }
        guard !top.has("faults") else {
            throw table.error("stall", "faults has kinds of its own (hang); remove one of the two")
        }
        (injection.stallAtSeconds, injection.stallForSeconds) = (at, length)
    }

    /// A stall has to come while every load of the file is measured.
    ///
    /// - Throws: `WorkloadError` for a recording that is over by then, and for storms, which end when they end.
    static func checkStall(
        _ top: SettingTable,
        _ points: [LoadPoint],
        _ injection: PlannedInjection,
        warmUpSeconds: Double
    ) throws(WorkloadError) {
        let (at, length) = (injection.stallAtSeconds, injection.stallForSeconds)
        guard length > 0 else { return }
        for point in points {
            if point.isStorm {
                throw top.error("inject", "stall: nobody knows how long a storm lasts; remove stall, or the storm")
            }
            if let replay = point.replay, at + length > replay.seconds - warmUpSeconds {
                throw top.error("inject", "stall: the recording \(replay.source) is over by then; let it begin earlier")
            }
        }
    }
}
