import Measure
import Results

/// What a load could reach at best on this machine: by its calibration, and by what the run itself spent on each write.
///
/// The smallest of four limits counts: syncs times the batch, bytes on the disk, processor time and
/// bytes on loopback. They hold for the batches and the costs of this very run; with larger batches all of them rise.
public struct LoadLimits: Sendable {
    /// What the run needed, in its measured part.
    public struct Facts: Sendable {
        /// `<method>_<allocation>`.
        public var strategy: String
        public var servers: Int
        /// Group commits of one log under way at a time.
        public var inFlight = 1
        /// Records of one of the leader's group commits.
        public var batchMean: Double?
        /// Bytes of one of the leader's group commits, headers and padding included.
        public var groupBytes: Double?
        /// Of all servers' logs together.
        public var logBytesPerWrite: Double?
        /// Of all servers and the generator together.
        public var cpuMicrosecondsPerWrite: Double?
        public var cores = 1
        /// What all servers received: the request, and the proposal on its way to each follower.
        public var loopbackBytesPerWrite: Double?

        public init(strategy: String, servers: Int) {
            self.strategy = strategy
            self.servers = servers
        }
    }

    public let facts: Facts
    /// One for each disk with logs, which are dealt out to them evenly.
    public let calibrations: [Calibration]

    public init(_ facts: Facts, calibrations: [Calibration]) {
        self.facts = facts
        self.calibrations = calibrations
    }

    /// The least that a write can take, on the slowest of the disks; nil for what was not calibrated.
    public var floorMicroseconds: Double? {
        guard let bytes = groupBytes, !calibrations.isEmpty else { return nil }
        var floor = 0.0
        for calibration in calibrations {
            guard let own = calibration.floorMicroseconds(strategy: facts.strategy, bytes: bytes) else { return nil }
            floor = max(floor, own)
        }
        return floor
    }

    /// In writes a second, by the name in `limit_name`; nil unless each of the four is known, since any could be the
    /// smallest.
    public var all: [(name: String, perSecond: Double)]? {
        guard let sync = syncLimit, let disk = diskLimit, let cpu = facts.cpuMicrosecondsPerWrite,
            let loopback = facts.loopbackBytesPerWrite, cpu > 0, loopback > 0,
            let wire = calibrations.map(\.loopback.bytesPerSecond).min()
        else { return nil }
        return [
            ("sync", sync), ("disk_bytes", disk), ("cpu", Double(facts.cores) * 1e6 / cpu),
            ("loopback", wire / loopback),
        ]
    }

    /// - Parameters:
    ///   - responseP50: microseconds.
    ///   - writesPerSecond: as achieved.
    public func figures(responseP50: Double?, writesPerSecond: Double) -> SummaryRow.Limits {
        var figures = SummaryRow.Limits()
        if let floor = floorMicroseconds, floor > 0 { figures.timesFloor = responseP50.map { $0 / floor } }
        if let least = all?.min(by: { $0.perSecond < $1.perSecond }) {
            figures.perSecond = least.perSecond
            figures.name = least.name
            figures.percent = least.perSecond > 0 ? 100 * writesPerSecond / least.perSecond : nil
        }
        figures.refuseImpossible(error: error, responseP50: responseP50, floor: floorMicroseconds)
        if figures.isValid == true { figures.note = doubt }
        return figures
    }

    private var groupBytes: Int? { facts.groupBytes.flatMap { $0 > 0 && $0 < 1e12 ? Int($0.rounded()) : nil } }

    /// Logs on the fullest disk.
    private var logsPerDisk: Int { (facts.servers + calibrations.count - 1) / max(1, calibrations.count) }

    /// What the slowest server's log can sync, times the batch: in the long run every server keeps up.
    private var syncLimit: Double? {
        guard let bytes = groupBytes, let batch = facts.batchMean, batch > 0, !calibrations.isEmpty else { return nil }
        var least = Double.infinity
        for calibration in calibrations {
            let files = logsPerDisk * facts.inFlight
            guard
                let rate = calibration.syncsPerSecond(strategy: facts.strategy, bytes: bytes, files: files)
            else { return nil }
            least = min(least, rate / Double(logsPerDisk))
        }
        return least * batch
    }

    private var diskLimit: Double? {
        guard let bytes = facts.logBytesPerWrite, bytes > 0, facts.servers > 0,
            let slowest = calibrations.map(\.diskBytesPerSecond).min()
        else { return nil }
        return slowest / (bytes * Double(logsPerDisk) / Double(facts.servers))
    }
}
