/// A page in Markdown some of whose figures are the output of commands, each between two comments:
///
///     <!-- figures: zabbench show results/reference/quick -->
///     <!-- /figures -->
///
/// What a command printed stands between them, in a fence unless it is Markdown itself. So no figure is typed in, and
/// whether one is stale can be found out by running its command.
struct FigureDocument {
    struct Block: Equatable {
        /// Of the first comment, from 1.
        var line: Int
        var command: [String]
        /// The lines between the comments, from 0.
        var lines: Range<Int>
    }

    private static let opening = "<!-- figures: "
    private static let closing = "<!-- /figures -->"

    private let lines: [String]
    let blocks: [Block]

    /// - Parameter name: of the page, for errors.
    /// - Throws: `UsageError` for a comment without its partner, or without a command.
    init(_ text: String, name: String) throws(UsageError) {
        // A line end of Windows' is one character, and no "\n".
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        var blocks: [Block] = []
        var open: (line: Int, command: [String])?
        for (index, line) in lines.enumerated() {
            if line.hasPrefix(Self.opening) {
                guard open == nil else { throw UsageError("\(name):\(index + 1): figures within figures") }
                guard line.hasSuffix(" -->"), let command = Self.words(line.dropFirst(Self.opening.count).dropLast(4))
                else { throw UsageError("\(name):\(index + 1): \(Self.opening)COMMAND --> expected, on one line") }
                open = (index, command)
            } else if line == Self.closing {
                guard let begun = open else { throw UsageError("\(name):\(index + 1): nothing was opened here") }
                blocks.append(Block(line: begun.line + 1, command: begun.command, lines: begun.line + 1..<index))
                open = nil
            } else if line.contains("<!-- figures") || line.contains("/figures -->") {
                throw UsageError(
                    "\(name):\(index + 1): a comment of figures must be alone on its line, without indentation"
                )
            }
        }
        if let open { throw UsageError("\(name):\(open.line + 1): no \(Self.closing) follows") }
        self.blocks = blocks
    }

    /// Words with blanks between; those within double quotes are one. Nil for none, or a quote without its partner.
    private static func words(_ text: Substring) -> [String]? {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else { return nil }
        let words = parts.enumerated().flatMap { index, part in
            index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
        }
        return words.isEmpty ? nil : words
    }

    /// As a page shows a command's output.
    static func shown(_ output: String) -> [String] {
        var lines = output.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        while lines.last?.isEmpty == true { lines.removeLast() }
        while lines.first?.isEmpty == true { lines.removeFirst() }
        return lines.contains { $0.hasPrefix("|") } ? lines : ["```"] + lines + ["```"]
    }

    /// Where the page differs from a command's output: the first such line of both, nil if nowhere.
    func difference(_ block: Block, to output: String) -> (page: String, now: String)? {
        let (there, now) = (Array(lines[block.lines]), Self.shown(output))
        guard there != now else { return nil }
        for index in 0..<max(there.count, now.count) {
            let pair = (index < there.count ? there[index] : "", index < now.count ? now[index] : "")
            if pair.0 != pair.1 || index >= min(there.count, now.count) { return pair }
        }
        return nil
    }

    /// The page with other outputs.
    ///
    /// - Parameter outputs: one for each block, in their order.
    func filled(_ outputs: [String]) -> String {
        var lines = lines
        for (block, output) in zip(blocks, outputs).reversed() {
            lines.replaceSubrange(block.lines, with: Self.shown(output))
        }
        return lines.joined(separator: "\n")
    }
}
