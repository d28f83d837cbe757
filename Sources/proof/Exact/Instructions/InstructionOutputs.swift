import Foundation
import Report

/// A result of instructions in each of the formats that `exact` has.
public enum InstructionOutputs {
    private static let title = "zabbench exact --instructions"

    // MARK: A terminal

    public static func table(_ result: InstructionResult, on display: Display = .document) -> String {
        var text = result.measurement.map { table($0).text(on: display) + "\n" } ?? ""
        let findings = result.differences.flatMap(\.lines) + result.notes
        // A baseline that cannot be read is the conclusion itself.
        if case .success = result.comparison { text += (findings + result.obstacles).map { $0 + "\n" }.joined() }
        return text + result.conclusion + "\n"
    }

    static func table(_ measurement: InstructionMeasurement) -> ConsoleTable {
        var table = ConsoleTable(columns: [
            .init("workload", .left), .init("instructions/write", .right), .init("engine", .right),
            .init("runtime", .right), .init("system", .right), .init("most of it", .left, isProse: true),
        ])
        for load in measurement.loads {
            let parts = InstructionCounts.Part.allCases.map { load.parts[$0] ?? 0 }
            let most = load.byInstructions.prefix(2).map { function in
                "\(function.function) \(100 * function.instructions / max(1, load.all)) %"
            }
            table.rows.append(
                [load.name] + ([load.all] + parts).map { InstructionText.number(load.perWrite($0)) }
                    + [most.joined(separator: ", ")]
            )
        }
        return table
    }

    // MARK: A pull request

    public static func markdown(_ result: InstructionResult) -> String {
        func row(_ cells: [String]) -> String {
            "| " + cells.map { MarkdownText.escaped($0) }.joined(separator: " | ") + " |\n"
        }
        var text = "### \(title): \(MarkdownText.escaped(result.conclusion))\n\n"
        if case .success = result.comparison {
            for obstacle in result.obstacles { text += "> **Not comparable:** \(MarkdownText.escaped(obstacle))\n\n" }
        }
        for note in result.notes { text += "> **Note:** \(MarkdownText.escaped(note))\n\n" }
        if !result.differences.isEmpty {
            text += "| Workload | | Instructions/write | Functions |\n|---|---|---|---|\n"
            for difference in result.differences {
                let functions = difference.functions.map(\.words).joined(separator: "; ")
                text += row([difference.workload, difference.kind.rawValue, difference.words, functions])
            }
            text += "\n"
        }
        guard let measurement = result.measurement else { return text }
        let table = table(measurement)
        text += "<details><summary>What the load points need</summary>\n\n" + row(table.columns.map(\.title))
        text += "|" + table.columns.map { $0.alignment == .left ? "---|" : "--:|" }.joined() + "\n"
        return text + table.rows.map(row).joined() + "\n</details>\n"
    }

    // MARK: CI systems

    public static func junit(_ result: InstructionResult) -> String {
        let suite = "instructions"
        var properties = [JUnitDocument.Property("verdict", result.conclusion)]
        if let measurement = result.measurement {
            properties.append(JUnitDocument.Property("build", measurement.build.words))
            properties.append(JUnitDocument.Property("libraries", measurement.libraries))
        }
        properties += result.notes.map { JUnitDocument.Property("note", $0) }
        let obstacles = result.obstacles.joined(separator: "\n")
        var cases = [
            JUnitDocument.Case(group: suite, name: "baseline", obstacles.isEmpty ? .passed(nil) : .error(obstacles))
        ]
        var names = (result.measurement?.loads ?? []).map(\.name)
        for difference in result.differences where !names.contains(difference.workload) {
            names.append(difference.workload)
        }
        cases += names.map { JUnitDocument.Case(group: suite, name: $0, outcome(of: $0, in: result)) }
        return JUnitDocument(
            name: title,
            suites: [JUnitDocument.Suite(name: suite, properties: properties, cases: cases)]
        ).text
    }

    private static func outcome(of workload: String, in result: InstructionResult) -> JUnitDocument.Outcome {
        let found = result.differences.filter { $0.workload == workload }
        let words = found.flatMap(\.lines).joined(separator: "\n")
        if result.isUpdate { return .passed(words.isEmpty ? nil : words) }
        for kind in [InstructionDifference.Kind.regressed, .better] where found.contains(where: { $0.kind == kind }) {
            return .failed(type: kind.rawValue, message: words)
        }
        guard found.isEmpty else { return .error(words) }
        let isCompared = (try? result.comparison.get())?.compared.contains(workload) ?? false
        return isCompared ? .passed(nil) : .skipped("it was not compared; the case baseline says why")
    }

    public static func annotations(_ result: InstructionResult) -> String {
        var text = ""
        func say(_ kind: WorkflowCommand.Kind, _ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            text += WorkflowCommand(kind, title, lines.joined(separator: "\n")).line
        }
        for kind in InstructionDifference.Kind.allCases {
            let found = result.differences.filter { $0.kind == kind }
            say(result.isUpdate ? .notice : .error, "\(title): \(found.count) \(kind.rawValue)", found.flatMap(\.lines))
        }
        say(.error, "\(title): not comparable", result.obstacles)
        say(.warning, title, result.notes)
        say(.notice, title, [result.conclusion])
        return text
    }

    // MARK: Programs

    private struct Document: Encodable {
        struct Load: Encodable {
            var workload: String
            var writes: Int
            var engine: Int
            var runtime: Int
            var system: Int
            /// Every one, in instructions of the whole load.
            var functions: [String: Int]
        }
        struct Function: Encodable {
            var name: String
            var before: Double?
            var after: Double?
        }
        struct Difference: Encodable {
            var workload: String
            var figure: String
            var kind: String
            /// Instructions per write.
            var before: Double?
            var after: Double?
            var functions: [Function]
        }
        var exitCode: ExitStatus
        var verdict: String
        var compiler: String?
        var processor: String?
        var libraries: String?
        var differences: [Difference]
        var obstacles: [String]
        var notes: [String]
        var loads: [Load]
    }

    public static func json(_ result: InstructionResult) throws -> String {
        let differences = result.differences.map { found in
            Document.Difference(
                workload: found.workload,
                figure: found.figure.rawValue,
                kind: found.kind.rawValue,
                before: found.before,
                after: found.after,
                functions: found.functions.map {
                    Document.Function(name: $0.name, before: $0.before, after: $0.after)
                }
            )
        }
        let loads = (result.measurement?.loads ?? []).map { load in
            Document.Load(
                workload: load.name,
                writes: load.writes,
                engine: load.parts[.engine] ?? 0,
                runtime: load.parts[.runtime] ?? 0,
                system: load.parts[.system] ?? 0,
                functions: load.functions
            )
        }
        let document = Document(
            exitCode: result.exitCode,
            verdict: result.conclusion,
            compiler: result.measurement?.build.compiler,
            processor: result.measurement?.build.processor,
            libraries: result.measurement?.libraries,
            differences: differences,
            obstacles: result.obstacles,
            notes: result.notes,
            loads: loads
        )
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }
}
