import Foundation
import Log
import Report
import Wire
import Words
import Workload
import Zab

/// Makes a recording from transaction logs: what `zabbench record` does.
public struct RecordStudy {
    private let paths: [String]
    private let out: String?

    /// - Parameters:
    ///   - paths: logs of ZooKeeper, or folders with them, or a folder with the log of a server of ours.
    ///   - out: the recording's file; nil for standard output.
    public init(paths: [String], out: String?) {
        self.paths = paths
        self.out = out
    }

    /// What was read: zxids in order, and what ended it.
    private struct Progress {
        var operations = TransactionOperations()
        var last = Zxid.zero
        /// Where transactions are missing: the zxids around the first gap, and how many gaps there are.
        var gap: (after: Zxid, before: Zxid)?
        var gaps = 0
        var damage: ZooKeeperLogFile.Damage?
        var notes: [String] = []

        mutating func note(_ zxid: Zxid) {
            let isNext = last == .zero || zxid.epoch > last.epoch || zxid.rawValue == last.rawValue + 1
            if !isNext {
                gaps += 1
                if gap == nil { gap = (last, zxid) }
            }
            last = zxid
        }
    }

    /// Writes the recording, and says on standard error what it has and what it has not.
    ///
    /// - Returns: `failed` if a log is damaged before its end; what comes before that is written.
    /// - Throws: `UsageError`, `LogError`, `ExplainedEnd`.
    public func run() throws -> ExitStatus {
        let places = paths.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        if let twice = places.indices.first(where: { places[..<$0].contains(places[$0]) }) {
            throw UsageError("\(paths[twice]): named twice; name each log once")
        }
        let logs = try paths.map(Self.logs)
        guard logs.allSatisfy({ !$0.isOurs }) || logs.count == 1 else {
            throw UsageError("one folder of zabbench's own servers is a whole log; name it alone")
        }
        var writer = try ScheduleWriter(out)
        var progress = Progress()
        if let log = logs.first, log.isOurs {
            try readOwn(log.folder, &progress, &writer)
        } else {
            try readZooKeeper(logs.flatMap(\.files), &progress, &writer)
        }
        try writer.finish()
        say(progress, writer)
        guard writer.count > 0 else {
            Diagnostics.line("zabbench: nothing to record: no transaction that changes a znode was found")
            return .failed
        }
        return progress.damage.map { !$0.isTorn } ?? false ? .failed : .pass
    }

    // MARK: Logs

    private static func logs(_ path: String) throws -> (folder: String, files: [String], isOurs: Bool) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UsageError(
                "\(path): no such file or folder; name ZooKeeper's folder version-2, or a server's dataDir"
            )
        }
        guard isFolder.boolValue else { return (path, [path], false) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let files = names.compactMap { name -> (number: UInt64, path: String)? in
            guard name.hasPrefix("log."), let number = UInt64(name.dropFirst(4), radix: 16) else { return nil }
            return (number, "\(path)/\(name)")
        }.sorted { $0.number < $1.number }.map(\.path)
        guard !files.isEmpty else {
            // Where a server's own folder is meant, its log is a step below.
            for below in ["version-2", "data", "log"] where names.contains(below) {
                if let found = try? logs("\(path)/\(below)") { return found }
            }
            throw UsageError(
                "\(path): no transaction log in it (log.*); name ZooKeeper's folder version-2, or a server's dataDir"
            )
        }
        if files.contains(where: { ZooKeeperLogFile.begins($0) || ZooKeeperLogFile.isCutInHeader($0) }) {
            return (path, files, false)
        }
        // A log of ours may be damaged anywhere; what is none of either has no right beginning at all.
        guard files.contains(where: { ZooKeeperLogFile.begins($0, with: SegmentMark.text) }) else {
            throw UsageError(
                "\(path): its log.* is neither a transaction log of ZooKeeper, which begins with \(ZooKeeperLogFile.mark), nor "
                    + "one of zabbench, which begins with \(SegmentMark.text); name ZooKeeper's folder version-2, or a server's "
                    + "dataDir"
            )
        }
        return (path, files, true)
    }

    private func readZooKeeper(
        _ files: [String],
        _ progress: inout Progress,
        _ writer: inout ScheduleWriter
    ) throws(UsageError) {
        for file in files {
            var now = progress
            var lines: [LoggedOperation] = []
            func pass(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
                var reader = ByteReader(bytes)
                now.note(try TransactionHeader(from: &reader).zxid)
                try now.operations.add(bytes) { lines.append($0) }
            }
            let damage = try ZooKeeperLogFile(path: file).forEachTransaction { bytes throws(WireError) in
                try pass(bytes)
                for line in lines { writer.add(line) }
                lines.removeAll(keepingCapacity: true)
            }
            progress = now
            progress.damage = damage
            if damage != nil { return }
        }
    }

    /// Of a copy: opening a log finishes what a crash has left, and its server may run.
    private func readOwn(_ folder: String, _ progress: inout Progress, _ writer: inout ScheduleWriter) throws {
        let files = FileManager.default
        let copy = files.temporaryDirectory.appendingPathComponent("zabbench-record-\(getpid())").path
        try files.createDirectory(atPath: copy, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: copy) }
        for name in try files.contentsOfDirectory(atPath: folder) where name.hasPrefix("log.") {
            try files.copyItem(atPath: "\(folder)/\(name)", toPath: "\(copy)/\(name)")
        }
        let log: TransactionLog<PosixDisk>
        do throws(LogError) {
            log = try TransactionLog.open(copy, on: PosixDisk())
        } catch {
            throw UsageError("\(folder): its log cannot be read (\(error))")
        }
        progress.last = log.base
        if log.base > .zero {
            progress.notes.append("The log begins after zxid \(log.base): what came before is in a snapshot alone.")
        }
        var now = progress
        var failure: WireError?
        var lines: [LoggedOperation] = []
        try log.forEachBatch(after: log.base) { batch in
            batch.forEachRecord { zxid, payload in
                now.note(zxid)
                do throws(WireError) {
                    try now.operations.add(payload) { lines.append($0) }
                } catch {
                    failure = failure ?? error
                }
            }
            for line in lines { writer.add(line) }
            lines.removeAll(keepingCapacity: true)
        }
        progress = now
        if let failure { throw UsageError("\(folder): a transaction cannot be read (\(failure))") }
    }

    // MARK: Words

    private func say(_ progress: Progress, _ writer: borrowing ScheduleWriter) {
        let kinds = RecordedKind.allCases.compactMap { kind -> String? in
            let count = writer.counts[Int(kind.rawValue)]
            return count > 0 ? CountedNoun.text(count, kind.name) : nil
        }
        let seconds = Double(writer.milliseconds) / 1000
        guard writer.count > 0 else {
            if let damage = progress.damage { Diagnostics.line("zabbench: \(damage)") }
            return
        }
        Diagnostics.note(
            "\(CountedNoun.text(writer.count, "operation")) in \(seconds) s (\(kinds.joined(separator: ", "))) from "
                + "\(CountedNoun.text(progress.operations.transactions, "transaction")). Reads are in no transaction log. "
                + "Times are the leader's milliseconds."
        )
        let leftOut = progress.operations.leftOut.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        if !leftOut.isEmpty { Diagnostics.note("Left out are \(leftOut.joined(separator: ", ")).") }
        for note in progress.notes { Diagnostics.note(note) }
        if writer.backwards > 0 {
            Diagnostics.line(
                "zabbench: \(CountedNoun.text(writer.backwards, "time")) went back (another leader's clock) and are those "
                    + "of the operation before"
            )
        }
        if let gap = progress.gap {
            Diagnostics.line(
                "zabbench: transactions are missing: \(gap.before) follows \(gap.after)"
                    + (progress.gaps > 1 ? ", and \(progress.gaps - 1) more gaps" : "")
                    + "; another server's log may have them"
            )
        }
        if let damage = progress.damage {
            Diagnostics.line("zabbench: \(damage); what comes before it is recorded, and nothing after it")
        }
    }
}
