import CPlatform
import Foundation
import Measure
import Simulator

/// What the program that is counted says of itself, and of the loads that it played.
public struct InstructionReport: Codable, Hashable, Sendable {
    public struct Load: Codable, Hashable, Sendable {
        var name: String
        var summary: String
        var writes: Int
    }

    /// Of this report: a program of another one is refused.
    var format = Self.currentFormat
    /// As `ExactMeasurement.engine`.
    public var engine: String
    /// Major and minor version.
    var compiler: String
    var configuration: String
    /// Whether the language's runtime is part of the program.
    var isStatic: Bool
    /// Of the processor that valgrind imitates, since libc has a copy for each of several.
    var processor: String
    var libraries: String
    /// Empty outside of valgrind: there is nothing to play for.
    var loads: [Load] = []

    static let currentFormat = 1

    /// What this program is, where it runs now.
    init() {
        engine = ExactMeasurement.engine
        compiler = Environment.compiler
        configuration = Environment.configuration
        let maps = FileManager.default.contents(atPath: "/proc/self/maps").map { String(decoding: $0, as: UTF8.self) }
        isStatic = maps.map { !$0.contains("/libswiftCore.so") } ?? false
        processor = String(cString: zb_processor())
        libraries = "glibc \(String(cString: zb_libc_version())), jemalloc \(Allocations.version ?? "none")"
    }

    /// In valgrind plays every load point twice. The first time is not counted: the language's runtime then makes what
    /// it needs once in a process. The second is, and callgrind writes it to a file of its own.
    ///
    /// - Returns: one line of JSON.
    /// - Throws: `ExactError`
    public static func play(_ loads: [ScriptedLoad]) throws -> String {
        var report = InstructionReport()
        for load in zb_is_under_valgrind() ? loads : [] {
            do throws(LoadRunError) {
                _ = try LoadRun.play(load)
                let gauge = InstructionGauge()
                let tally = try LoadRun.play(load, gauge: gauge)
                gauge.end(load.name)
                report.loads.append(Load(name: load.name, summary: load.summary, writes: tally.writes))
            } catch {
                throw ExactError(description: error.description)
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
