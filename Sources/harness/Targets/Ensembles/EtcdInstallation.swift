import Foundation

/// etcd's program on this machine.
public struct EtcdInstallation: Sendable, Hashable {
    /// Absolute.
    public let program: String

    /// Looks for it.
    ///
    /// - Parameters:
    ///   - home: the folder of a release, with `etcd` in it or in its `bin`; nil for the one on the `PATH`.
    ///   - environment: its `PATH` counts.
    /// - Throws: `MissingSystem` with what was not found.
    public init(
        home: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(MissingSystem) {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        let folders =
            home.map { [$0, $0 + "/bin"] } ?? (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = folders.map { absolute($0) + "/etcd" }.first {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
                && FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let found else {
            let place = home.map { "etcd in \(absolute($0)) or its bin" } ?? "etcd on the PATH"
            throw MissingSystem("etcd is not installed: make peers (no \(place))")
        }
        program = found
    }
}
