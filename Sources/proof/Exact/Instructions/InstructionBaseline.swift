import Foundation

/// The instructions that are checked in: JSON with a line for each load point and each function that is worth one, for
/// each compiler that counted.
public struct InstructionBaseline: Hashable, Sendable {
    static let format = 1
    /// Functions with at least this share of a load point's instructions have a line of their own.
    static let functionShare = 0.002

    private struct Document: Codable {
        struct Load: Codable {
            var workload: String
            var load: String
            var writes: Int
            var engine: Int
            var runtime: Int
            var system: Int
        }
        struct Function: Codable {
            var workload: String
            var function: String
            var instructions: Int
        }
        struct Build: Codable {
            var compiler: String
            var processor: String
            var engine: String
            var libraries: String
            var loads: [Load]
            var functions: [Function]
        }
        var format: Int
        var builds: [Build]
    }

    /// In the order of the file; one for each `InstructionMeasurement.Build`.
    private(set) var measurements: [InstructionMeasurement] = []

    public init() {}

    /// - Throws: `ExactBaselineError` if the file is not there, or is none, or not of this format.
    public init(path: String) throws(ExactBaselineError) {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "there is no baseline"
            throw ExactBaselineError(description: "\(path): \(reason); make one with --instructions --update")
        }
        try self.init(data: data, source: path)
    }

    init(data: Data, source: String) throws(ExactBaselineError) {
        func refused(_ problem: String) -> ExactBaselineError {
            ExactBaselineError(description: "\(source): \(problem); make it anew with --instructions --update")
        }
        struct Head: Decodable {
            struct Build: Decodable { var compiler: String }
            var format: Int
            var builds: [Build]
        }
        guard let head = try? JSONDecoder().decode(Head.self, from: data) else {
            throw refused("not a baseline of instructions")
        }
        guard head.format == Self.format else {
            throw refused("a baseline of format \(head.format), and this zabbench has \(Self.format)")
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: data) else {
            throw refused("a damaged baseline")
        }
        for build in document.builds {
            var loads: [InstructionCounts] = []
            for load in build.loads {
                guard load.writes > 0, load.engine > 0, load.runtime >= 0, load.system >= 0,
                    !loads.contains(where: { $0.name == load.workload })
                else { throw refused("\(load.workload) is there twice, or has no instructions") }
                loads.append(
                    InstructionCounts(
                        name: load.workload,
                        summary: load.load,
                        writes: load.writes,
                        parts: [.engine: load.engine, .runtime: load.runtime, .system: load.system],
                        functions: [:]
                    )
                )
            }
            for line in build.functions {
                guard line.instructions >= 0, let place = loads.firstIndex(where: { $0.name == line.workload }) else {
                    throw refused("\(line.function) is of no load point: \(line.workload)")
                }
                loads[place].functions[line.function] = line.instructions
            }
            insert(
                InstructionMeasurement(
                    build: InstructionMeasurement.Build(compiler: build.compiler, processor: build.processor),
                    engine: build.engine,
                    libraries: build.libraries,
                    loads: loads
                )
            )
        }
    }

    func measurement(of build: InstructionMeasurement.Build) -> InstructionMeasurement? {
        measurements.first { $0.build == build }
    }

    /// Takes the place of what the same compiler counted before.
    public mutating func insert(_ measurement: InstructionMeasurement) {
        if let place = measurements.firstIndex(where: { $0.build == measurement.build }) {
            measurements[place] = measurement
        } else {
            measurements.append(measurement)
        }
    }

    /// The file: the same counts make the same bytes.
    public var text: String {
        let builds = measurements.map(Self.text)
        return "{\n\"format\": \(Self.format),\n\"builds\": [\n" + builds.joined(separator: ",\n") + "\n]\n}\n"
    }

    private static func text(_ measurement: InstructionMeasurement) -> String {
        var loads: [String] = []
        var functions: [String] = []
        for load in measurement.loads {
            let name = quoted(load.name)
            let parts = InstructionCounts.Part.allCases.map { "\"\($0.rawValue)\": \(load.parts[$0] ?? 0)" }
            loads.append(
                "{\"workload\": \(name), \"load\": \(quoted(load.summary)), \"writes\": \(load.writes), "
                    + parts.joined(separator: ", ") + "}"
            )
            let floor = Double(load.all) * functionShare
            for (function, count) in load.byInstructions where Double(count) >= floor {
                functions.append(
                    "{\"workload\": \(name), \"function\": \(quoted(function)), \"instructions\": \(count)}"
                )
            }
        }
        return """
            {
            "compiler": \(quoted(measurement.build.compiler)),
            "processor": \(quoted(measurement.build.processor)),
            "engine": \(quoted(measurement.engine)),
            "libraries": \(quoted(measurement.libraries)),
            "loads": [
            \(loads.joined(separator: ",\n"))
            ],
            "functions": [
            \(functions.joined(separator: ",\n"))
            ]
            }
            """
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }
}
