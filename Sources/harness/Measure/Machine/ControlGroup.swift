/// The limits of this process's control groups: its own and those of the groups above it, of which the least counts.
struct ControlGroup {
    /// Processors; nil without a limit.
    var processorQuota: Double?
    /// Bytes; nil without a limit.
    var memoryLimit: Int?

    /// Nil where the kernel does not tell.
    init?(_ readings: MachineReadings) {
        guard let groups = readings.text("/proc/self/cgroup") else { return nil }
        var quotas: [Double] = []
        var limits: [Int] = []
        for line in groups.split(separator: "\n") {
            // cgroups(7): number:controllers:path; version 2 has number 0 and no controllers.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            for path in Self.upwards(parts[2]) {
                if parts[0] == "0", parts[1].isEmpty {
                    let folder = "/sys/fs/cgroup" + path
                    if let text = readings.line(folder + "/cpu.max"), let quota = Self.quota(text) {
                        quotas.append(quota)
                    }
                    if let limit = readings.line(folder + "/memory.max").flatMap({ Int($0) }) { limits.append(limit) }
                }
                if controllers.contains("cpu") {
                    let folder = "/sys/fs/cgroup/cpu" + path
                    if let quota = readings.line(folder + "/cpu.cfs_quota_us"),
                        let period = readings.line(folder + "/cpu.cfs_period_us"),
                        let share = Self.quota("\(quota) \(period)")
                    {
                        quotas.append(share)
                    }
                }
                if controllers.contains("memory") {
                    let file = "/sys/fs/cgroup/memory\(path)/memory.limit_in_bytes"
                    // Without a limit it is the largest number of pages.
                    if let limit = readings.line(file).flatMap({ Int($0) }), limit < 1 << 60 { limits.append(limit) }
                }
            }
        }
        processorQuota = quotas.min()
        memoryLimit = limits.min()
    }

    /// Of `max 100000` or `150000 100000`, or `-1 100000`: processors; nil without a limit.
    private static func quota(_ text: String) -> Double? {
        let numbers = text.split(separator: " ").map { Double($0) }
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else {
            return nil
        }
        return quota / period
    }

    /// `/a/b`, `/a` and nothing, of `/a/b`.
    private static func upwards(_ path: String) -> [String] {
        var paths = [path == "/" ? "" : path]
        while let last = paths.last, let slash = last.lastIndex(of: "/") { paths.append(String(last[..<slash])) }
        return paths
    }
}
