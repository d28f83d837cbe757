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
    /// - Throws: `MissingSystem` with what was not found, or with `objection` to the folder.
    public init(
        home: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(MissingSystem) {
        if let home, let objection = Self.objection(toHome: home) { throw MissingSystem(objection) }
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard let found = Self.program(in: home.map(Self.places) ?? path) else {
            throw MissingSystem("etcd is not installed: make peers (no etcd on the PATH)")
        }
        program = found
    }

    /// Why a folder that a user has named is no release, in words that follow its name; nil where it is one. No package
    /// mends that.
    public static func objection(toHome home: String) -> String? {
        let found = NamedFile.objection(toFolder: home)
        guard found != nil || program(in: places(home)) == nil else { return nil }
        return (found ?? "no program etcd in \(absolute(home)) or its bin") + "; name the folder of a release of etcd"
    }

    private static func places(_ home: String) -> [String] { [home, home + "/bin"] }

    private static func program(in folders: [String]) -> String? {
        folders.map { absolute($0) + "/etcd" }.first(where: NamedFile.isProgram)
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
