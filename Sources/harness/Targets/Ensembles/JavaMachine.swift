import Foundation

/// What a Java machine is and makes of its flags, by its own account.
public struct JavaMachine: Sendable, Hashable {
    public var version: String?
    /// The most that its heap may grow to.
    public var heapBytesMax: UInt64?

    /// Asks it. Half a second of a processor.
    ///
    /// - Parameters:
    ///   - folder: an existing folder for its answer.
    ///   - janitor: who kills it if this process dies.
    /// - Returns: nil where it does not answer.
    public static func asked(
        _ installation: ZooKeeperInstallation,
        in folder: String,
        janitor: JanitorLink?
    ) async throws(TargetError) -> JavaMachine? {
        let answer = folder + "/java"
        try janitor?.send(.starting(folder: folder))
        let process = try ChildProcess(
            executable: installation.java,
            arguments: installation.flags + ["-XX:-UsePerfData", "-XX:+PrintFlagsFinal", "-version"],
            directory: folder,
            outputPath: answer
        )
        try janitor?.send(.started(pid: process.pid, startTicks: process.startTicks))
        let exit = await process.waitForExit(seconds: 30)
        if exit == nil { await process.stop(seconds: 5) }
        try janitor?.send(.ended(pid: process.pid))
        guard exit == .code(0), let data = FileManager.default.contents(atPath: answer) else { return nil }
        return JavaMachine(parsing: String(decoding: data, as: UTF8.self))
    }

    /// - Parameter text: what `java -XX:+PrintFlagsFinal -version` prints.
    init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            // `   size_t MaxHeapSize    = 2065694720    {product} {ergonomic}`
            let words = line.split(separator: " ")
            if words.count > 3, words[1] == "MaxHeapSize", words[2] == "=" { heapBytesMax = UInt64(words[3]) }
            // `openjdk version "17.0.15" 2025-04-15`
            if version == nil, words.count > 2, words[1] == "version" {
                version = words[2].trimmingCharacters(in: CharacterSet(charactersIn: "\""))
            }
        }
    }
}
