/// Recordings: `load: {mode: open, profile: {replay: FILE}}`.
extension WorkloadFile {
    /// What a recording says itself.
    private static let recordedKeys = ["arrivals", "payload_bytes", "keys", "mix"]

    /// Nil where the profile of an open loop is no recording.
    ///
    /// - Throws: `WorkloadError` for what cannot stand beside a recording, and for a file that is none, with its line.
    static func replay(_ load: SettingTable) throws(WorkloadError) -> ReplaySchedule? {
        guard let setting = load.setting("profile"), case .table(let entries) = setting.value,
            entries.contains(where: { $0.key == "replay" })
        else { return nil }
        let table = try SettingTable(setting, path: load.path + ".profile", source: load.source, keys: profileKeys)
        for key in profileKeys where key != "replay" && key != "speed" && table.has(key) {
            throw table.error(key, "replay is there, too; keep one of them")
        }
        for key in recordedKeys where load.has(key) {
            throw load.error(key, "the recording says it; remove it, or plan a load without profile.replay")
        }
        for key in ["multi", "reads"] where load.has(key) {
            throw load.error(key, "a recording's operations go out as they were recorded; remove it, or profile.replay")
        }
        let path = try table.text("replay", default: "")
        guard !path.isEmpty else {
            throw table.error("replay", "the name of a recording expected, such as schedule.csv")
        }
        let speed = try table.number("speed", in: 0.01...100, default: 1)
        return try ReplayFile.read(resolved(path, beside: load.source), speed: speed)
    }

    /// A name counts from the workload file's folder.
    private static func resolved(_ path: String, beside source: String) -> String {
        guard !path.hasPrefix("/"), let slash = source.lastIndex(of: "/") else { return path }
        return "\(source[..<slash])/\(path)"
    }

    /// - Throws: `WorkloadError` for a recording that is over before anything of it is measured, or beside faults.
    func checkReplays(_ top: SettingTable) throws(WorkloadError) {
        for point in points {
            guard let replay = point.replay else { continue }
            if top.has("faults") {
                throw top.error(
                    "faults",
                    "a recording is played by sessions whose connections hold; remove faults, or profile.replay"
                )
            }
            // As short as any load may be.
            for system in ensemble.systems
            where point.limits.includes(system) && replay.seconds - warmUpSeconds(of: system) < 0.1 {
                let isOwn = ensemble.warmUpSeconds[system] != nil
                throw top.error(
                    isOwn ? "ensemble" : "warmup_s",
                    (isOwn ? "warmup_s of \(system.rawValue): " : "")
                        + "the recording \(replay.source) is over after \(Self.seconds(replay)) s, before anything is "
                        + "measured; its first warmup_s are the warm-up: make that shorter"
                )
            }
        }
    }

    private static func seconds(_ replay: ReplaySchedule) -> Double { (replay.seconds * 1000).rounded() / 1000 }
}
