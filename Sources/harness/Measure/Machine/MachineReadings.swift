import Foundation
import Glibc

/// What is read of a machine before anybody judges it. Tests put other texts in the place of the kernel's.
public struct MachineReadings: Sendable {
    /// The text of a file of /proc or /sys; nil where there is none, or it may not be read.
    public var text: @Sendable (_ path: String) -> String?
    /// The names in such a folder.
    public var names: @Sendable (_ path: String) -> [String]
    /// The path of a program, or of a file that stands for one; nil where it is not installed.
    public var program: @Sendable (_ name: String) -> String?
    /// `release` or `debug`.
    public var configuration = Environment.configuration
    /// Processors that this process may run on.
    public var coreCount: Int
    public var isRoot: Bool
    /// What others have just had of the processors, and who; nil where the kernel does not tell.
    public var foreign: ForeignLoad?
    public var busiest: [BusyProcess] = []
    /// Of the folder that servers write to, or the nearest one that exists.
    public var storage: StorageFacts?
    public var freeBytes: Int?
    public var syncs: SyncProbe?

    public init(
        text: @escaping @Sendable (String) -> String?,
        names: @escaping @Sendable (String) -> [String] = { _ in [] },
        program: @escaping @Sendable (String) -> String? = { _ in nil },
        coreCount: Int,
        isRoot: Bool = false
    ) {
        self.text = text
        self.names = names
        self.program = program
        self.coreCount = coreCount
        self.isRoot = isRoot
    }

    /// This machine: looks at its processors for a second, and syncs a file of its own in the folder.
    ///
    /// - Parameter data: where servers would write; it need not exist.
    public static func current(data: String) async -> MachineReadings {
        var readings = MachineReadings(
            text: { path in
                FileManager.default.contents(atPath: path).flatMap { String(bytes: $0, encoding: .utf8) }
            },
            names: { (try? FileManager.default.contentsOfDirectory(atPath: $0).sorted()) ?? [] },
            program: { Self.installed($0) },
            coreCount: Environment.usableCores(),
            isRoot: geteuid() == 0
        )
        let folder = StorageDevice.nearestFolder(to: data)
        readings.storage = StorageFacts(path: folder)
        readings.freeBytes = StorageDevice.freeBytes(path: folder)
        var watch = ForeignWatch()
        watch.sample()
        try? await Task.sleep(for: .seconds(1))
        watch.sample()
        readings.foreign = watch.last
        readings.busiest = watch.busiest(named: [])
        readings.syncs = SyncProbe(folder: folder)
        return readings
    }

    private static func installed(_ name: String) -> String? {
        if name.hasPrefix("/") { return access(name, R_OK) == 0 ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// The first line of a file, without spaces at its ends; nil where it is empty.
    func line(_ path: String) -> String? {
        guard let line = text(path)?.split(whereSeparator: \.isNewline).first else { return nil }
        let trimmed = line.trimmingCharacters(in: .whitespaces)
        return trimmed.isEmpty ? nil : trimmed
    }

    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    static func size(_ bytes: Int) -> String {
        let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")]
        guard let unit = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) B" }
        let value = Double(bytes) / Double(unit.0)
        return String(format: value < 9.95 ? "%.1f %@" : "%.0f %@", value, unit.1)
    }
}
