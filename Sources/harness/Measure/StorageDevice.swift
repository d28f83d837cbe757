import CPlatform
import Foundation
import Glibc

/// Which device, as far as its figures are concerned: the same figures hold for every folder on it.
public struct StorageDevice: Codable, Sendable, Hashable {
    /// Major and minor number, as `254:0`.
    public var number: String
    /// The source as mounted, `/dev/vda` for instance.
    public var source: String
    public var fileSystem: String

    public init(number: String, source: String, fileSystem: String) {
        self.number = number
        self.source = source
        self.fileSystem = fileSystem
    }

    /// The device under `path`, which must exist. Nil where the kernel does not tell.
    public init?(path: String) {
        guard let mount = StorageFacts.mount(of: path) else { return nil }
        self.init(number: mount.device, source: mount.facts.source, fileSystem: mount.facts.fileSystem)
    }

    /// A name for files about it: `254-0-` and sixteen hexadecimal digits over all that identifies it.
    var fileName: String {
        let bytes = Array([number, source, fileSystem].joined(separator: "\0").utf8)
        let hash = bytes.withUnsafeBufferPointer { zb_hash($0.baseAddress!, $0.count) }
        return number.replacingOccurrences(of: ":", with: "-") + "-" + String(format: "%016llx", hash)
    }

    /// Bytes that may still be written under `path`, which must exist. Nil where the kernel does not tell.
    public static func freeBytes(path: String) -> Int? {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return nil }
        return Int(
            clamping: UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue
        )
    }

    /// `path`, or the nearest folder above it that exists: where it would be made.
    public static func nearestFolder(to path: String) -> String {
        var url = URL(fileURLWithPath: path).standardizedFileURL
        while access(url.path, F_OK) != 0, url.path != "/" { url.deleteLastPathComponent() }
        return url.path
    }
}
