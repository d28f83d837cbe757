import Foundation
import Report
import Results
import Targets
import TestSupport

/// A folder with a small workload in it, and `zabbench run --connect` there.
struct ConnectDesk {
    private let temporary = TemporaryFolder()

    /// The operations in flight alone are as many as a valid run needs, however slow the machine is.
    static let workload = """
        name: tiny
        ensemble: {sizes: 1}
        log: {strategy: [none_recycled, fdatasync_append]}
        warmup_s: 0
        duration_s: 2
        load: {clients: 8, outstanding: 256, keys: 80}
        """

    init(_ workload: String = workload) throws { try temporary.write(workload.utf8, "w.yaml") }

    var path: String { temporary.path }

    func run(_ connect: String, _ flags: [String] = []) throws -> ProgramRun {
        try ProgramRun(ZabbenchProgram.path(), ["run", "w.yaml", "--connect", connect] + flags, in: path)
    }

    /// The text of a file of the one run.
    func result(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/results/latest/\(name)", encoding: .utf8)
    }

    /// The one row, by column.
    func row() throws -> [String: String] {
        let table = CSVTable(parsing: try result("summary.csv"))
        return Dictionary(uniqueKeysWithValues: zip(table.header, table.rows[0]))
    }

    var hasResults: Bool { FileManager.default.fileExists(atPath: path + "/results") }
}
