import Words
import Yams

/// What is wrong with a text as YAML: one line with its place, in words of this program where the parser's would not
/// help.
struct YamlMistake: CustomStringConvertible {
    let description: String

    init(_ error: YamlError, in yaml: String, source: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            if let tab = Self.tab(in: yaml, before: mark) {
                description =
                    "\(source):\(tab.line):\(tab.column): a tab; YAML indents with spaces only: put spaces in its place "
                    + "(expand -t 2 does it for a whole file)"
            } else {
                description = "\(source):\(mark.line):\(mark.column): \(problem)"
            }
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.min() ?? ""
            let lines = Self.lines(of: key, in: yaml, from: context.mark)
            description =
                lines.count > 1
                ? "\(source):\(lines[1]): duplicate key \(key) (first on line \(lines[0])); remove one of them"
                : "\(source):\(context.mark.line): duplicate key \(key); remove one of them"
        case .reader(let problem, _, _, _):
            description = "\(source): \(problem); a workload is UTF-8 text"
        default:
            description = "\(source): \(error)"
        }
    }

    /// The last tab in the indentation of a line up to where the parser gave up; nil where tabs are not to blame. Lines
    /// and columns count from 1.
    private static func tab(in yaml: String, before mark: Mark) -> (line: Int, column: Int)? {
        var found: (line: Int, column: Int)?
        let lines = yaml.split(separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
        for (index, line) in lines.prefix(mark.line).enumerated() {
            // After the indentation a tab may separate a list's dash from its element, where it is indentation, too.
            let indentation = line.prefix { $0 == " " || $0 == "\t" || $0 == "-" }
            guard let tab = indentation.firstIndex(of: "\t"), indentation.endIndex < line.endIndex else { continue }
            found = (index + 1, line.distance(from: line.startIndex, to: tab) + 1)
        }
        return found
    }

    /// The lines on which a key of one table is, that of a mark being its first: those at the same column.
    private static func lines(of key: String, in yaml: String, from mark: Mark) -> [Int] {
        var found: [Int] = []
        for (index, line) in yaml.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard index + 1 >= mark.line, line.count >= mark.column else { continue }
            let before = line.prefix(mark.column - 1)
            let rest = line.dropFirst(mark.column - 1)
            // The next table at the same column belongs to another section.
            if index + 1 > mark.line, before.contains(where: { $0 != " " }) { break }
            let names = [key, "\"\(key)\"", "'\(key)'"]
            guard let name = names.first(where: { rest.hasPrefix($0) }) else { continue }
            if rest.dropFirst(name.count).first(where: { $0 != " " }) == ":" { found.append(index + 1) }
        }
        return found
    }
}
