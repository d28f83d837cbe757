import Foundation
import Measure
import Results
import Targets
import Workload

/// Of servers that are asked instead of told.
extension SystemSettings {
    /// Of servers that run already: what cannot be known is said to be unknown, and why.
    init(of asked: AskedServers) {
        let isHere = asked.all.contains { $0.pid != nil }
        let unseen = isHere ? "the process does not show it" : "the servers' processes cannot be seen from here"
        self.init(
            durability: asked.durability ?? "unknown: \(unseen), and no four-letter word tells it",
            isSynced: asked.isSynced,
            heapMax: Self.heap(asked),
            snapshots: asked.snapshots ?? "unknown: \(unseen), and conf does not tell it",
            outstandingLimit: asked.outstandingLimit ?? "unknown: \(unseen), and conf does not tell it",
            dataFolder: asked.words(Self.folders) ?? "unknown: conf is not answered",
            fileSystem: Self.fileSystem(asked),
            clients:
                "this machine, in the harness's process; \(asked.areAllHere ? "the servers are on it" : "servers elsewhere")",
            changes: Self.told(asked)
        )
    }

    /// Of a rival's servers, which were started by a command whose effect only they know.
    init(of rival: PlannedRival, _ asked: AskedServers, dataRoot: String, disks: [String]) {
        self.init(of: asked)
        let declared = rival.durability.map { $0 == .synced }
        // What a process shows counts, where it is worse than what is said of it.
        let isBelied = declared == true && asked.isSynced == false
        durability =
            rival.durability.map { "declared \($0.rawValue) by the workload, not observed" }
            ?? "unknown: the workload does not declare it"
        if isBelied {
            durability = "declared synced by the workload, but \(asked.durability ?? "unsynced") in its process"
        }
        isSynced = isBelied ? false : declared
        dataFolder = dataRoot
        fileSystem = Self.fileSystem(of: disks)
        changes = ["command: \(rival.command.text)"] + changes
    }

    private static func heap(_ asked: AskedServers) -> String {
        let heap = asked.words { one in
            one.environment["os.memory.max"].map { most in
                most + (one.environment["java.version"].map { " (Java \($0))" } ?? "")
            }
        }
        return heap ?? "unknown: envi is not answered"
    }

    private static func folders(_ one: AskedServers.One) -> String? {
        let folders = paths(one)
        guard let first = folders.first else { return nil }
        return folders.allSatisfy { $0 == first } ? first : folders.joined(separator: ", ")
    }

    /// As the server says, or as its process was told.
    private static func paths(_ one: AskedServers.One) -> [String] {
        ["dataDir", "dataLogDir"].compactMap { one.conf[$0] ?? one.properties?[$0] }
    }

    private static func fileSystem(_ asked: AskedServers) -> String {
        let here = asked.all.filter { $0.pid != nil }
        guard !here.isEmpty else { return "unknown: the servers' disks cannot be seen from here" }
        return fileSystem(of: here.flatMap(paths))
    }

    /// What the servers say of how they were set up, a line for each kind.
    private static func told(_ asked: AskedServers) -> [String] {
        let keys = ["tickTime", "initLimit", "syncLimit", "maxClientCnxns", "minSessionTimeout", "maxSessionTimeout"]
        let conf = keys.compactMap { key in asked.words { $0.conf[key] }.map { "\(key)=\($0)" } }
        let flags = asked.words { $0.properties?.machineFlags.joined(separator: " ") }
        var lines =
            conf.isEmpty ? ["unknown: conf is not answered"] : ["as conf tells it: \(conf.joined(separator: ", "))"]
        if let flags, !flags.isEmpty { lines.append("flags of the Java machine: \(flags)") }
        return lines
    }
}
