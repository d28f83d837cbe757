import Foundation

/// Apache ZooKeeper's program on this machine, and the Java that runs it.
public struct ZooKeeperInstallation: Sendable, Hashable {
    /// Where Debian's packages put their jars.
    private static let debianJars = "/usr/share/java"

    /// Absolute.
    public let java: String
    /// As `java -cp` takes it.
    public let classPath: String
    /// Of the Java machine, as the user wants it: first those of the release, then those of the environment, which count.
    public let flags: [String]
    /// Those of `flags` that the release's conf/java.env has.
    public let releaseFlags: [String]

    /// Looks for it.
    ///
    /// - Parameters:
    ///   - home: the folder of an Apache release, which has its jars in `lib`, and perhaps flags in `conf/java.env`; nil for
    ///     Debian's packages.
    ///   - environment: `JAVA_HOME` or `PATH` lead to Java, `ZOOKEEPER_JVMFLAGS` has flags for it.
    /// - Throws: `MissingSystem` with all that was not found, with `objection` to the folder, or with what of java.env cannot
    ///   be read without a shell.
    public init(
        home: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(MissingSystem) {
        if let home, let objection = Self.objection(toHome: home) { throw MissingSystem(objection) }
        let java = Self.java(environment)
        let jars = Self.jars(home)
        let missing = [java.missing, jars.missing].compactMap { $0 }
        guard let program = java.path, let classPath = jars.classPath else {
            throw MissingSystem("zookeeper is not installed: make peers (no \(missing.joined(separator: ", no ")))")
        }
        self.java = program
        self.classPath = classPath
        if let home { releaseFlags = try JavaEnvironmentFile(home: home).flags } else { releaseFlags = [] }
        flags = releaseFlags + Self.flags(environment)
    }

    /// Why a folder that a user has named is no release, in words that follow its name; nil where it is one. No package
    /// mends that.
    public static func objection(toHome home: String) -> String? {
        let objection = NamedFile.objection(toFolder: home) ?? jars(home).missing.map { "no \($0)" }
        return objection.map { $0 + "; name the folder of an Apache release" }
    }

    /// Flags of the Java machine that a user wants: its heap, for instance.
    public static func flags(_ environment: [String: String]) -> [String] {
        (environment["ZOOKEEPER_JVMFLAGS"] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static func java(_ environment: [String: String]) -> (path: String?, missing: String?) {
        if let home = environment["JAVA_HOME"], !home.isEmpty {
            let path = absolute(home) + "/bin/java"
            return NamedFile.isProgram(path) ? (path, nil) : (nil, "\(path) (JAVA_HOME)")
        }
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = folders.map { absolute($0) + "/java" }.first(where: NamedFile.isProgram)
        return (found, found == nil ? "java on the PATH" : nil)
    }

    private static func jars(_ home: String?) -> (classPath: String?, missing: String?) {
        guard let home else {
            // zookeeper.jar names its dependencies in its manifest; only a backend for slf4j is missing there.
            let jars = ["zookeeper.jar", "slf4j-simple.jar"].map { "\(debianJars)/\($0)" }
            guard let missing = jars.first(where: { !FileManager.default.isReadableFile(atPath: $0) }) else {
                return (jars.joined(separator: ":"), nil)
            }
            return (nil, missing)
        }
        let folder = absolute(home) + "/lib"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let isThere = names.contains { $0.wholeMatch(of: /zookeeper-[0-9].*\.jar/) != nil }
        // Java itself takes that for all jars of the folder.
        return isThere ? (folder + "/*", nil) : (nil, folder + "/zookeeper-<version>.jar")
    }

    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}

/// A system that is to be run and is not on this machine: one line.
public struct MissingSystem: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ text: String) { description = text }
}
