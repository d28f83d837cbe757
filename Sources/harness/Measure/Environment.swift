import CPlatform
import Foundation
import Glibc

/// The machine and the build that made a number, without anything that names its owner (no host name, no user).
///
/// Numbers of unlike environments do not compare: `digest` is equal exactly where all facts are.
public struct Environment: Codable, Sendable, Hashable {
    public var cpuModel: String
    /// Processors that this process may run on.
    public var cores: Int
    public var memoryBytes: UInt64
    public var operatingSystem: String
    public var kernel: String
    public var architecture: String
    /// Major and minor version of the compiler that built this binary.
    public var swiftCompiler: String
    /// `release` or `debug`.
    public var buildConfiguration: String
    /// `jemalloc 5.3.0-...`, or `system` where jemalloc does not serve malloc.
    public var allocator: String
    /// The storage that the servers write to.
    public var storage: StorageFacts?

    public init(
        cpuModel: String,
        cores: Int,
        memoryBytes: UInt64,
        operatingSystem: String,
        kernel: String,
        architecture: String,
        swiftCompiler: String,
        buildConfiguration: String,
        allocator: String,
        storage: StorageFacts?
    ) {
        self.cpuModel = cpuModel
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.operatingSystem = operatingSystem
        self.kernel = kernel
        self.architecture = architecture
        self.swiftCompiler = swiftCompiler
        self.buildConfiguration = buildConfiguration
        self.allocator = allocator
        self.storage = storage
    }

    /// This machine; `dataPath` is an existing path on the storage that is measured.
    public static func current(dataPath: String) -> Environment {
        var system = utsname()
        uname(&system)
        return Environment(
            cpuModel: cpuModel(cpuinfo: text("/proc/cpuinfo") ?? "") ?? "unknown",
            cores: usableCores(),
            memoryBytes: UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE)))),
            operatingSystem: operatingSystem(release: text("/etc/os-release") ?? "") ?? "unknown",
            kernel: withUnsafeBytes(of: system.release) { String(cString: $0.bindMemory(to: CChar.self).baseAddress!) },
            architecture: withUnsafeBytes(of: system.machine) {
                String(cString: $0.bindMemory(to: CChar.self).baseAddress!)
            },
            swiftCompiler: compiler,
            buildConfiguration: configuration,
            allocator: Allocations.version.map { "jemalloc \($0)" } ?? "system",
            storage: StorageFacts(path: dataPath)
        )
    }

    /// Sixteen hexadecimal digits over all facts: equal facts, equal digest, on every machine and in every run.
    public var digest: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A struct of strings and integers encodes without failure.
        let data = (try? encoder.encode(self)) ?? Data()
        let hash = data.withUnsafeBytes { bytes in
            // The hash reads nothing of an empty input, but a C pointer parameter is never null.
            bytes.baseAddress.map { zb_hash($0, bytes.count) } ?? 0
        }
        return String(format: "%016llx", hash)
    }

    /// Processors in this process's affinity mask: what a container or taskset leaves of the machine.
    public static func usableCores() -> Int { ProcessInfo.processInfo.activeProcessorCount }

    static func cpuModel(cpuinfo: String) -> String? {
        for line in cpuinfo.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let key = parts[0].trimmingCharacters(in: .whitespaces)
            if key == "model name" || key == "Model" || key == "Processor" {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }

    static func operatingSystem(release: String) -> String? {
        for line in release.split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            return line.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
        }
        return nil
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(bytes: $0, encoding: .utf8) }
    }

    /// Major and minor version of the compiler that built this binary.
    public static var compiler: String {
        #if compiler(>=6.5)
            "6.5+"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    /// `release` or `debug`.
    public static var configuration: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }
}
