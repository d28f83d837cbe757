import Foundation
import Measure

/// The folder of one server: `zoo.cfg`, and the data folder with `myid`, the snapshots and, unless it has a folder of
/// its own, the log.
public struct ServerFolder: Sendable, Hashable {
    public let id: Int
    /// Absolute.
    public let path: String
    /// `dataLogDir`, where the settings ask for one.
    public let dataLogPath: String

    /// `<ensemble>/server<id>`.
    ///
    /// - Parameter logFolders: existing folders, absolute, on other disks perhaps, that the servers' logs are dealt out
    ///   to in turn; empty to have each in its server's folder.
    public init(id: Int, in ensemble: String, logFolders: [String] = []) {
        self.id = id
        path = ensemble + "/server\(id)"
        dataLogPath = logFolders.isEmpty ? path + "/log" : logFolders[(id - 1) % logFolders.count] + "/server\(id)"
    }

    public var dataPath: String { path + "/data" }
    /// Of what was not synced, where the settings ask for one.
    public var unsyncedJournalPath: String { path + "/unsynced" }
    public var configurationPath: String { path + "/zoo.cfg" }
    /// Beside the folder, so that it is at hand when the folder's content is of no interest.
    public var logPath: String { path + ".log" }

    /// Writes zoo.cfg and myid. `ports` are those of servers 1, 2, ... in their order, as this server reaches them: its
    /// own are its own, the others' may be those of a `LinkProxy`.
    public func write(settings: ServerSettings, ports: [ServerPorts]) throws(TargetError) {
        let text = configuration(settings: settings, ports: ports)
        try write(configuration: text, hasLogFolder: settings.hasLogFolders)
    }

    /// Writes zoo.cfg, myid and what else the server reads, by name.
    func write(configuration: String, hasLogFolder: Bool, others: [String: String] = [:]) throws(TargetError) {
        do {
            try FileManager.default.createDirectory(atPath: dataPath, withIntermediateDirectories: true)
            if hasLogFolder {
                try FileManager.default.createDirectory(atPath: dataLogPath, withIntermediateDirectories: true)
            }
            try Data("\(id)\n".utf8).write(to: URL(fileURLWithPath: dataPath + "/myid"))
            for (name, text) in others { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
            try Data(configuration.utf8).write(to: URL(fileURLWithPath: configurationPath))
        } catch {
            throw TargetError(
                "\(path): cannot be written: \(SystemReason.words(of: error, or: "choose another folder with --data"))"
            )
        }
    }

    /// zoo.cfg's text.
    func configuration(settings: ServerSettings, ports: [ServerPorts]) -> String {
        var lines = [
            "tickTime=\(settings.tickTimeMilliseconds)", "initLimit=\(settings.initLimit)",
            "syncLimit=\(settings.syncLimit)", "snapCount=\(settings.snapCount)", "dataDir=\(dataPath)",
            "clientPort=\(ports[id - 1].client)", "clientPortAddress=127.0.0.1", "maxClientCnxns=0",
            "standaloneEnabled=false", "4lw.commands.whitelist=*", "admin.enableServer=false",
            "zabbench.log.strategy=\(settings.logStrategy)", "zabbench.log.batching=\(settings.logBatching)",
        ]
        if let inFlight = settings.logInFlight { lines.append("zabbench.log.inFlight=\(inFlight)") }
        if settings.hasLogFolders { lines.append("dataLogDir=\(dataLogPath)") }
        if settings.injectedSyncMicroseconds > 0 {
            lines.append("zabbench.inject.syncMicroseconds=\(settings.injectedSyncMicroseconds)")
        }
        if settings.injectedLeaderLoopMicroseconds > 0 {
            lines.append("zabbench.inject.leaderLoopMicroseconds=\(settings.injectedLeaderLoopMicroseconds)")
        }
        if settings.injectedWriteNanoseconds > 0 {
            lines.append("zabbench.inject.writeNanoseconds=\(settings.injectedWriteNanoseconds)")
        }
        if settings.hasUnsyncedJournal {
            lines.append("zabbench.inject.unsyncedJournal=\(unsyncedJournalPath)")
        }
        if let bytes = settings.segmentBytes { lines.append("zabbench.segmentBytes=\(bytes)") }
        lines += settings.serverLines(of: id, ports)
        return lines.joined(separator: "\n") + "\n"
    }

    /// The last lines of the server's log.
    public func lastLogLines(_ count: Int) -> [String] { Self.lastLines(count, of: logPath) }

    static func lastLines(_ count: Int, of path: String) -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > 65_536 ? end - 65_536 : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").suffix(count).map(String.init)
    }
}
