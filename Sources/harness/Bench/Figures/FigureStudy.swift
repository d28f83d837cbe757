import Foundation
import Report
import Results
import Targets

/// `zabbench figures`: runs the commands whose output pages quote, and fills it in or says where it differs.
public struct FigureStudy {
    /// What became of a page.
    public struct Outcome: Sendable, Equatable {
        public var figures = 0
        /// A line for each figure that was not what its command prints.
        public var stale: [String] = []
    }

    /// Pages are looked for in the current folder, where the commands run, too.
    private let pages: [String]
    private let program: String

    /// - Parameter program: what `zabbench` in a command stands for.
    /// - Throws: `UsageError`.
    public init(pages: [String], program: String) throws(UsageError) {
        guard !pages.isEmpty else { throw UsageError("name the pages, such as README.md docs/*.md docs/*/*.md") }
        self.pages = pages
        self.program = program
    }

    /// - Parameter isCheck: nothing is written.
    /// - Throws: `UsageError` for a page that is not there or ill-formed, and for commands that are not allowed or fail;
    ///   `ExplainedEnd` if a page cannot be written.
    public func run(isCheck: Bool) throws -> Outcome {
        var outcome = Outcome()
        for page in pages {
            guard let data = FileManager.default.contents(atPath: page) else {
                throw UsageError("\(page): no such page")
            }
            let document = try FigureDocument(String(decoding: data, as: UTF8.self), name: page)
            var outputs: [String] = []
            let known = outcome.stale.count
            for block in document.blocks {
                let output = try self.output(of: block, page: page)
                outputs.append(output)
                if let (old, new) = document.difference(block, to: output) {
                    let command = block.command.joined(separator: " ")
                    outcome.stale.append("\(page):\(block.line): \(command): it says\n  \(old)\nand now\n  \(new)")
                }
            }
            outcome.figures += outputs.count
            // A page without a stale figure stays as it is, line ends of Windows' too.
            if !isCheck, outcome.stale.count > known { try Diagnostics.writeFile(document.filled(outputs), to: page) }
        }
        return outcome
    }

    private func output(of block: FigureDocument.Block, page: String) throws(UsageError) -> String {
        let (place, arguments) = ("\(page):\(block.line)", Array(block.command.dropFirst()))
        switch block.command[0] {
        case "zabbench":
            let answer = ProgramAnswer(program, arguments, environment: ["NO_COLOR": "1", "COLUMNS": "100"])
            guard answer.status == 0 else {
                throw UsageError("\(place): \(block.command.joined(separator: " ")): \(answer.words)")
            }
            return answer.output
        case "cat" where arguments.count == 1:
            guard let data = FileManager.default.contents(atPath: arguments[0]) else {
                throw UsageError("\(place): \(arguments[0]): no such file; make figures makes it")
            }
            return String(decoding: data, as: UTF8.self)
        case "result" where arguments.count > 1:
            return try headline(folder: arguments[0], matching: Array(arguments.dropFirst()), place)
        default:
            throw UsageError("\(place): only zabbench, cat FILE and result FOLDER TEXT... can make figures")
        }
    }

    /// The result that a page begins with, of the runs in whose description all `texts` occur.
    private func headline(folder: String, matching texts: [String], _ place: String) throws(UsageError) -> String {
        do {
            let results = try ResultsFolder(existing: folder)
            let manifest = try ManifestHead(reading: results.read("manifest.json"), name: folder + "/manifest.json")
            let rows = try StoredResults(results).matching(texts).runs
            if let text = Headline.text(rows, hardware: manifest.hardware) { return text }
        } catch {
            throw UsageError("\(place): \(error)")
        }
        throw UsageError(
            "\(place): \(folder) has no single load like \(texts.joined(separator: ", ")) all of whose runs are valid"
        )
    }
}
