import CPlatform
import Measure

/// What the disks below the servers' logs did during one run, everybody's work on them together.
public struct DeviceHistory: Sendable {
    public let devices: [BlockDevice]
    private var flushes: [CounterSeries]
    private var writes: [CounterSeries]
    private var bytes: [CounterSeries]

    /// - Parameter paths: existing folders; each disk below them counts once. Where a folder's disk is not known nothing
    ///   is: a part of the flushes would pass for all of them.
    public init(paths: [String]) {
        var devices: [BlockDevice] = []
        for path in paths {
            guard let device = BlockDevice(path: path) else {
                devices = []
                break
            }
            if !devices.contains(device) { devices.append(device) }
        }
        self.devices = devices
        let empty = [CounterSeries](repeating: CounterSeries(), count: devices.count)
        (flushes, writes, bytes) = (empty, empty, empty)
    }

    /// Reads the counters now.
    public mutating func sample() {
        for (index, device) in devices.enumerated() {
            guard let counters = device.counters() else { continue }
            add(counters, device: index, at: zb_monotonic_nanoseconds())
        }
    }

    mutating func add(_ counters: BlockDevice.Counters, device index: Int, at moment: UInt64) {
        writes[index].add(counters.writes, at: moment)
        bytes[index].add(counters.bytesWritten, at: moment)
        if let count = counters.flushes { flushes[index].add(count, at: moment) }
    }

    /// What the disks did together between two moments of CLOCK_MONOTONIC.
    public struct Growth: Sendable, Hashable {
        /// Nil where the kernel does not count them.
        public var flushes: Double?
        public var writes: Double?
        public var bytesWritten: Double?

        public init(flushes: Double? = nil, writes: Double? = nil, bytesWritten: Double? = nil) {
            self.flushes = flushes
            self.writes = writes
            self.bytesWritten = bytesWritten
        }
    }

    public func growth(from: UInt64, to: UInt64) -> Growth {
        func sum(_ series: [CounterSeries]) -> Double? {
            guard !series.isEmpty else { return nil }
            var sum = 0.0
            for one in series {
                guard let growth = one.growth(from: from, to: to) else { return nil }
                sum += growth
            }
            return sum
        }
        return Growth(flushes: sum(flushes), writes: sum(writes), bytesWritten: sum(bytes))
    }
}
