import CPlatform
import Glibc

/// Writes and syncs a few blocks, to see whether a sync reaches a device.
public struct SyncProbe: Sendable, Hashable {
    /// A write of 4 KiB over blocks that are there, and fdatasync.
    public var medianMicroseconds: Double
    public var count: Int
    /// Flushes that the device was asked for meanwhile, whoever asked; nil where nobody counts them.
    public var flushes: Int?

    public init(medianMicroseconds: Double, count: Int, flushes: Int?) {
        self.medianMicroseconds = medianMicroseconds
        self.count = count
        self.flushes = flushes
    }

    static let most = 100
    static let nanosecondsMost: UInt64 = 1_000_000_000

    /// For a second at most. Nil where the folder takes no file, or a write or a sync fails.
    public init?(folder: String) {
        var template = Array("\(folder)/.zabbench-doctor-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { return nil }
        // Nobody else needs its name, and so nothing is left however this ends.
        unlink(template)
        defer { close(file) }
        let blocks = [UInt8](repeating: 0x5a, count: 4096 * 16)
        guard pwrite(file, blocks, blocks.count, 0) == blocks.count, fsync(file) == 0 else { return nil }
        let device = BlockDevice(path: folder)
        let before = device?.counters()?.flushes
        var times: [UInt64] = []
        let start = zb_monotonic_nanoseconds()
        while times.count < Self.most, times.isEmpty || zb_monotonic_nanoseconds() - start < Self.nanosecondsMost {
            let began = zb_monotonic_nanoseconds()
            let offset = off_t(times.count % 16) * 4096
            guard pwrite(file, blocks, 4096, offset) == 4096, fdatasync(file) == 0 else { return nil }
            times.append(zb_monotonic_nanoseconds() - began)
        }
        let after = device?.counters()?.flushes
        medianMicroseconds = Double(times.sorted()[times.count / 2]) / 1000
        count = times.count
        flushes = before.flatMap { before in after.map { Int(clamping: $0 &- before) } }
    }
}
