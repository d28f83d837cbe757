import Foundation
import Glibc

/// A study of many short comparisons that keeps their pairs and not their runs: `pairs.csv` is all there is of them,
/// and whole after each comparison, so the study can be ended at any time and gone on with.
///
/// Of the runs one stays, in `sample`, by which it is known what belongs to the study.
public struct PowerStore {
    public let folder: String
    public private(set) var samples: PowerSamples

    /// - Parameter folder: of the study; need not be there.
    /// - Throws: `PowerError` where it holds another kind of study, or pairs that cannot be read.
    public init(folder: String) throws(PowerError) {
        self.folder = folder
        guard try PowerSamples(folder: folder).comparisons.isEmpty else {
            throw PowerError("\(folder): it holds whole runs; name another folder, or leave out --lean")
        }
        let isThere = FileManager.default.fileExists(atPath: folder + "/pairs.csv")
        samples = isThere ? try PowerSamples(path: folder + "/pairs.csv") : PowerSamples()
        if let sample = try? StoredRuns(path: folder + "/sample") { samples.fingerprint = sample.fingerprint }
    }

    /// Where the runs of a comparison lie while it is made.
    public var running: String { folder + "/running" }

    /// Removes what a comparison has left that was not ended.
    public func clear() { try? FileManager.default.removeItem(atPath: running) }

    /// Takes the pairs out of a comparison's runs, and removes them.
    ///
    /// - Throws: `PowerError` where they are not like the others, or the file cannot be written.
    public mutating func take(_ sides: [String], slowdown percent: Double) throws(PowerError) {
        let before: StoredRuns
        let after: StoredRuns
        do {
            before = try StoredRuns(path: sides[0])
            after = try StoredRuns(path: sides[1])
        } catch { throw PowerError("\(error)") }
        try samples.check(before)
        var added = samples
        added.add(before, after, slowdown: percent)
        let file = folder + "/pairs.csv"
        do {
            // A file is whole or not there; what is cut off in the middle could not be read again.
            try added.csv.write(toFile: file, atomically: true, encoding: .utf8)
            if added.fingerprint == nil {
                let first = try FileManager.default.contentsOfDirectory(atPath: sides[0]).filter { $0 != "latest" }
                    .sorted()[0]
                try? FileManager.default.removeItem(atPath: folder + "/sample")
                try FileManager.default.moveItem(atPath: "\(sides[0])/\(first)", toPath: folder + "/sample")
                added.fingerprint = before.fingerprint
            }
        } catch { throw PowerError("\(file): it cannot be written; make room and go on with the same call") }
        samples = added
        clear()
    }
}
