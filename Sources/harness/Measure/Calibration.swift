import Foundation

/// What this machine can do at best, measured by `zabbench calibrate`: the syncs of one disk by strategy, loopback,
/// checksums and copies. Latencies are shown as multiples of it and throughputs as shares of it.
public struct Calibration: Codable, Sendable, Hashable {
    /// Bytes of a group commit that are measured; between them it is interpolated.
    public static let sizes = [4096, 65_536]

    /// The 95 % interval of a median over the rounds.
    public struct Limits: Codable, Sendable, Hashable {
        public var low: Double
        public var high: Double

        public init(low: Double, high: Double) {
            self.low = low
            self.high = high
        }

        var isSound: Bool { low.isFinite && high.isFinite && low <= high }
    }

    /// One strategy at one size, with so many files at once. Each figure is the median over the rounds of what one
    /// round gave, so that a noisy second does not count.
    public struct Floor: Codable, Sendable, Hashable {
        /// `<method>_<allocation>`.
        public var strategy: String
        /// Whether it waits for what an honest disk keeps.
        public var isDurable: Bool
        /// Bytes written and synced at a time, with all headers and padding.
        public var bytes: Int
        /// Files written at the same time, each by a thread of its own.
        public var files: Int
        /// Of all files together.
        public var syncsPerSecond: Double
        /// One write and its sync.
        public var p50Microseconds: Double
        public var p99Microseconds: Double
        /// Syncs measured, in all rounds and files.
        public var samples: Int
        public var rounds: Int
        /// (max - min) / median of the rounds' syncs per second.
        public var spread: Double
        /// How well the three figures are known; nil with one round, and in older files.
        public var syncsLimits: Limits?
        public var p50Limits: Limits?
        public var p99Limits: Limits?
        /// What others had of the processors in this strategy's rounds, as `ForeignLoad` has it; nil in older files.
        public var foreignShare: Double?
        public var stealShare: Double?

        public init(
            strategy: String,
            isDurable: Bool,
            bytes: Int,
            files: Int,
            syncsPerSecond: Double,
            p50Microseconds: Double,
            p99Microseconds: Double,
            samples: Int,
            rounds: Int,
            spread: Double,
            foreignShare: Double? = nil,
            stealShare: Double? = nil
        ) {
            self.strategy = strategy
            self.isDurable = isDurable
            self.bytes = bytes
            self.files = files
            self.syncsPerSecond = syncsPerSecond
            self.p50Microseconds = p50Microseconds
            self.p99Microseconds = p99Microseconds
            self.samples = samples
            self.rounds = rounds
            self.spread = spread
            self.foreignShare = foreignShare
            self.stealShare = stealShare
        }

        /// Both together; nil where nobody noted it.
        var taken: Double? { foreignShare.map { $0 + (stealShare ?? 0) } }

        var isSound: Bool {
            [syncsPerSecond, p50Microseconds, p99Microseconds].allSatisfy { $0.isFinite && $0 > 0 }
                && spread.isFinite && spread >= 0 && bytes > 0 && files > 0 && samples > 0 && rounds > 0
                && [foreignShare, stealShare].allSatisfy { $0.map { (0...1).contains($0) } ?? true }
                && [syncsLimits, p50Limits, p99Limits].allSatisfy { $0?.isSound ?? true }
        }
    }

    /// A strategy that has no figures, and why.
    public struct Skipped: Codable, Sendable, Hashable {
        public var strategy: String
        public var reason: String

        public init(strategy: String, reason: String) {
            self.strategy = strategy
            self.reason = reason
        }
    }

    /// TCP on 127.0.0.1 with TCP_NODELAY, one thread at each end.
    public struct Loopback: Codable, Sendable, Hashable {
        /// Bytes of a message, there and back.
        public var messageBytes: Int
        public var p50Microseconds: Double
        public var p99Microseconds: Double
        /// Bytes of a write when as many as possible go one way.
        public var writeBytes: Int
        public var bytesPerSecond: Double
        /// How well the three figures are known; nil with one round, and in older files.
        public var p50Limits: Limits?
        public var p99Limits: Limits?
        public var bytesLimits: Limits?

        public init(
            messageBytes: Int,
            p50Microseconds: Double,
            p99Microseconds: Double,
            writeBytes: Int,
            bytesPerSecond: Double
        ) {
            self.messageBytes = messageBytes
            self.p50Microseconds = p50Microseconds
            self.p99Microseconds = p99Microseconds
            self.writeBytes = writeBytes
            self.bytesPerSecond = bytesPerSecond
        }
    }

    /// To the second.
    public var madeAt: Date
    public var device: StorageDevice
    public var environment: Environment
    public var freeBytes: Int?
    /// The largest number of files at once; the other is 1.
    public var files: Int
    public var floors: [Floor]
    public var skipped: [Skipped]
    public var loopback: Loopback
    /// One file written in large pieces, and synced at the end.
    public var diskBytesPerSecond: Double
    /// CRC-32C on one core, of bytes that are in its caches.
    public var checksumBytesPerSecond: Double
    /// memcpy(3) on one core, of bytes that are in memory.
    public var copyBytesPerSecond: Double
    /// How well these three are known; nil with one round, and in older files.
    public var diskLimits: Limits?
    public var checksumLimits: Limits?
    public var copyLimits: Limits?
    /// What others had of the processors over the whole measurement; nil in older files.
    public var foreignShare: Double?
    public var stealShare: Double?

    public init(
        madeAt: Date,
        device: StorageDevice,
        environment: Environment,
        freeBytes: Int?,
        files: Int,
        floors: [Floor],
        skipped: [Skipped],
        loopback: Loopback,
        diskBytesPerSecond: Double,
        checksumBytesPerSecond: Double,
        copyBytesPerSecond: Double,
        foreignShare: Double? = nil,
        stealShare: Double? = nil
    ) {
        self.madeAt = madeAt
        self.device = device
        self.environment = environment
        self.freeBytes = freeBytes
        self.files = files
        self.floors = floors
        self.skipped = skipped
        self.loopback = loopback
        self.diskBytesPerSecond = diskBytesPerSecond
        self.checksumBytesPerSecond = checksumBytesPerSecond
        self.copyBytesPerSecond = copyBytesPerSecond
        self.foreignShare = foreignShare
        self.stealShare = stealShare
    }

    var taken: Double? { foreignShare.map { $0 + (stealShare ?? 0) } }

    /// Whether it can be divided by: a file may say anything.
    public var isSound: Bool {
        let rates = [loopback.bytesPerSecond, diskBytesPerSecond, checksumBytesPerSecond, copyBytesPerSecond]
        return (rates + [loopback.p50Microseconds, loopback.p99Microseconds]).allSatisfy { $0.isFinite && $0 > 0 }
            && floors.allSatisfy(\.isSound) && files > 0
            && [
                loopback.p50Limits, loopback.p99Limits, loopback.bytesLimits, diskLimits, checksumLimits, copyLimits,
            ].allSatisfy { $0?.isSound ?? true }
    }
}

// MARK: What it says of a load

extension Calibration {
    public func floor(strategy: String, bytes: Int, files: Int) -> Floor? {
        let wanted = Self.withoutInterval(strategy)
        return floors.first {
            Self.withoutInterval($0.strategy) == wanted && $0.bytes == bytes && $0.files == files
        }
    }

    /// The median of one write and sync of so many bytes, headers and padding included, in one file: as measured at
    /// 4 KiB and 64 KiB, on the line through both between and above them, and never less than at 4 KiB.
    /// Nil for a strategy that has not been measured.
    public func syncFloorMicroseconds(strategy: String, bytes: Int) -> Double? {
        interpolated(strategy: strategy, bytes: bytes, files: 1) { $0.p50Microseconds }
    }

    /// The least that a write can take: one sync, and one round trip to a follower.
    public func floorMicroseconds(strategy: String, bytes: Int) -> Double? {
        syncFloorMicroseconds(strategy: strategy, bytes: bytes).map { $0 + loopback.p50Microseconds }
    }

    /// Syncs of so many bytes each that so many files together can have: on the line between 1 file and the N that were
    /// measured, and as with N above them. Nil for a strategy that has not been measured.
    public func syncsPerSecond(strategy: String, bytes: Int, files count: Int) -> Double? {
        let rate = { (files: Int) in
            interpolated(strategy: strategy, bytes: bytes, files: files) { 1 / $0.syncsPerSecond }.map { 1 / $0 }
        }
        guard count > 1, files > 1 else { return rate(1) }
        guard let one = rate(1), let all = rate(files) else { return nil }
        return one + (all - one) * Double(min(count, files) - 1) / Double(files - 1)
    }

    /// The durable strategy with the most syncs of so many bytes, one of those that were measured.
    public func fastestDurable(bytes: Int, files: Int = 1) -> Floor? {
        floors.filter { $0.isDurable && $0.bytes == bytes && $0.files == files }
            .max { $0.syncsPerSecond < $1.syncsPerSecond }
    }

    private func interpolated(strategy: String, bytes: Int, files: Int, _ value: (Floor) -> Double) -> Double? {
        guard let small = floor(strategy: strategy, bytes: Self.sizes[0], files: files),
            let large = floor(strategy: strategy, bytes: Self.sizes[1], files: files)
        else { return nil }
        let share = Double(max(0, bytes - Self.sizes[0])) / Double(Self.sizes[1] - Self.sizes[0])
        let difference = value(large) - value(small)
        // Above what was measured more bytes never take less time, whatever noise says.
        return value(small) + (share > 1 ? max(0, difference) : difference) * share
    }

    /// A periodic strategy costs the same per group whatever its interval: the sync is beside the groups.
    private static func withoutInterval(_ strategy: String) -> String {
        guard strategy.hasPrefix("periodic_"), let cut = strategy.lastIndex(of: "_") else { return strategy }
        return "periodic" + strategy[cut...]
    }
}
