/// The instructions of the servers' own code in one load point, all servers together.
public struct InstructionCounts: Hashable, Sendable {
    /// By whose code it is.
    enum Part: String, CaseIterable, Hashable, Sendable {
        /// The modules of a server, and what C they are linked with.
        case engine
        /// Swift's runtime and standard library, linked into the program.
        case runtime
        /// Libraries of the machine: libc and jemalloc.
        case system
    }

    public var name: String
    /// What was played, in one line.
    var summary: String
    var writes: Int
    var parts: [Part: Int]
    /// By the name of `FunctionName`, with the library's in brackets unless it is the program's own.
    var functions: [String: Int]

    /// What a compiler decides, and no machine: the engine and the runtime that is linked with it.
    var program: Int { (parts[.engine] ?? 0) + (parts[.runtime] ?? 0) }

    /// With the libraries of the machine.
    var all: Int { program + (parts[.system] ?? 0) }

    /// The functions, those with the most instructions first.
    var byInstructions: [(function: String, instructions: Int)] {
        functions.map { (function: $0.key, instructions: $0.value) }
            .sorted { ($1.instructions, $0.function) < ($0.instructions, $1.function) }
    }

    func perWrite(_ count: Int) -> Double { Double(count) / Double(max(1, writes)) }

    /// What the simulator adds to the stretches that are counted: beginnings and ends of them, and the platform's calls
    /// up to where it stops counting. Not of a server's cost.
    private static let others: Set<String> = ["Simulator", "Exact", "Measure", "zabbench"]
    private static let engine: Set<String> = ["Zab", "Wire", "Znodes", "Replica", "Log", "Host"]

    /// - Parameter program: the path of the program that was counted.
    init(_ dump: CallgrindDump, of load: InstructionReport.Load, program: String) {
        name = load.name
        summary = load.summary
        writes = load.writes
        parts = [:]
        functions = [:]
        for (function, count) in dump.instructions where count > 0 {
            let known = FunctionName.of(symbol: function.symbol)
            let part: Part
            var label = known ?? "code without a name"
            if function.object != program {
                part = .system
                let file = function.object.split(separator: "/").last ?? "no file"
                label += " (\(file.prefix { $0 != "." }))"
            } else if let module = known.flatMap(FunctionName.module(of:)) {
                if Self.others.contains(module) { continue }
                part = Self.engine.contains(module) ? .engine : .runtime
            } else {
                // Beginnings and ends of what is counted.
                if label.hasPrefix("zb_callgrind") || label.hasPrefix("zb_valgrind") { continue }
                // Functions of CPlatform.
                part = label.hasPrefix("zb_") || label.hasPrefix("crc_") ? .engine : .runtime
            }
            parts[part, default: 0] += count
            functions[label, default: 0] += count
        }
    }

    init(name: String, summary: String, writes: Int, parts: [Part: Int], functions: [String: Int]) {
        self.name = name
        self.summary = summary
        self.writes = writes
        self.parts = parts
        self.functions = functions
    }
}
