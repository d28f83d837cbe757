/// Sentences as a terminal and a page show them: lines of a bounded width, broken at blanks.
public enum WrappedText {
    /// - Parameter width: in characters; a word that is longer stands alone.
    /// - Returns: each line of `text` as one or more, all line ends kept.
    public static func lines(_ text: String, width: Int = 100) -> String {
        // A figure and its unit stay together.
        var text = text
        for unit in units { text = text.replacing(" \(unit)", with: "\(bound)\(unit)") }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var lines: [String] = []
            var current = ""
            for word in line.split(separator: " ") {
                if !current.isEmpty, current.count + 1 + word.count > width {
                    lines.append(current)
                    current = ""
                }
                current += (current.isEmpty ? "" : " ") + word
            }
            return (lines + [current]).joined(separator: "\n")
        }.joined(separator: "\n").replacing(bound, with: " ")
    }

    private static let units = ["%", "ms", "µs", "B,", "MB/s", "GB/s"]
    /// A blank that no line is broken at; it comes out as a common one.
    static let bound = "\u{a0}"
}
