import Foundation

/// The instructions of every load point, of one program on one machine.
public struct InstructionMeasurement: Hashable, Sendable {
    /// Decides the program's own instructions: the compiler, by its own words, and the kind of processor.
    public struct Build: Hashable, Sendable, Codable {
        var compiler: String
        var processor: String

        var words: String { "\(compiler), \(processor)" }
    }

    public var build: Build
    /// As `ExactMeasurement.engine`.
    public var engine: String
    /// Decides the instructions of `Part.system`: libraries and valgrind, with their versions.
    public var libraries: String
    public var loads: [InstructionCounts]

    init(build: Build, engine: String, libraries: String, loads: [InstructionCounts]) {
        self.build = build
        self.engine = engine
        self.libraries = libraries
        self.loads = loads
    }

    /// - Parameters:
    ///   - report: of the program, while callgrind counted it.
    ///   - dumps: what callgrind wrote, in any order.
    ///   - program: the path of what was counted.
    ///   - compiler: that built it.
    /// - Throws: `InstructionError` if a load has no dump, or nothing was counted in it.
    init(
        _ report: InstructionReport,
        dumps: [CallgrindDump],
        program: String,
        compiler: String
    ) throws(InstructionError) {
        build = Build(compiler: compiler, processor: report.processor)
        engine = report.engine
        libraries = report.libraries
        loads = []
        for load in report.loads {
            guard let dump = dumps.first(where: { $0.name == load.name }) else {
                throw InstructionError(description: "\(load.name): callgrind wrote nothing of it")
            }
            let counts = InstructionCounts(dump, of: load, program: program)
            guard counts.parts[.engine] ?? 0 > 0, counts.writes > 0 else {
                throw InstructionError(
                    description: "\(load.name): callgrind found no instruction of the engine; "
                        + "the program has no table of symbols: build it without -s, do not strip it"
                )
            }
            libraries = "\(report.libraries), \(dump.creator)"
            loads.append(counts)
        }
    }
}

extension InstructionMeasurement.Build {
    /// What the compiler called itself when it wrote a program's debug information: `Swift version 6.3.1
    /// (swift-6.3.1-RELEASE)`. A program knows no more of it than the minor version.
    ///
    /// - Returns: nil if the program has no debug information.
    static func compiler(of program: Data) -> String? {
        let mark = Data("Swift version ".utf8)
        var start = program.startIndex
        while let found = program.range(of: mark, in: start..<program.endIndex) {
            start = found.upperBound
            let words = program[found.lowerBound...].prefix(120).prefix { $0 >= 0x20 && $0 < 0x7F }
            // The words of this function, too, are in the program.
            guard words.last == UInt8(ascii: ")"), let digit = words.dropFirst(mark.count).first,
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
            else { continue }
            return String(decoding: words, as: UTF8.self)
        }
        return nil
    }
}
