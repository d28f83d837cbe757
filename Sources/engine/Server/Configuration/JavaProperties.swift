/// The format of zoo.cfg: that of `java.util.Properties.load(InputStream)`, which is what ZooKeeper reads it with.
///
/// - Lines end with LF, CR or CR LF; a backslash at the end of one joins the next to it.
/// - A line whose first character is `#` or `!` is a comment.
/// - Key and value are separated by `=`, `:` or white space.
/// - `\t`, `\n`, `\r`, `\f` and `\uXXXX` are what they are in Java; before anything else a backslash is dropped.
/// - Of a key given twice the last value counts.
struct JavaProperties {
    struct Entry: Equatable {
        var key: String
        var value: String
        /// The first of its lines, from 1.
        var line: Int
    }

    /// `\u` without four hexadecimal digits, which Java refuses.
    struct MalformedEscape: Error {
        var line: Int
    }

    /// In the order of the file, with those that a later one replaces.
    private(set) var entries: [Entry] = []

    init(parsing text: String) throws(MalformedEscape) {
        for line in Self.logicalLines(text.unicodeScalars) {
            entries.append(try Self.entry(line.content, line: line.number))
        }
    }

    /// Lines with their continuations, without what is before their first character; no comments and no empty ones.
    private static func logicalLines(_ text: String.UnicodeScalarView) -> [(content: [Unicode.Scalar], number: Int)] {
        var found: [(content: [Unicode.Scalar], number: Int)] = []
        var open: (content: [Unicode.Scalar], number: Int)?
        for (index, natural) in naturalLines(text).enumerated() {
            let content = natural.drop(while: isBlank)
            var line = open ?? ([], index + 1)
            let isContinuation = open != nil
            open = nil
            if !isContinuation {
                guard let first = content.first, first != "#", first != "!" else { continue }
            }
            line.content += content
            let backslashes = line.content.reversed().prefix { $0 == "\\" }.count
            if backslashes % 2 == 1 {
                line.content.removeLast()
                open = line
            } else {
                found.append(line)
            }
        }
        // A backslash at the end of the file joins nothing.
        if let open { found.append(open) }
        return found
    }

    private static func naturalLines(_ text: String.UnicodeScalarView) -> [[Unicode.Scalar]] {
        var lines: [[Unicode.Scalar]] = [[]]
        var previous: Unicode.Scalar?
        for scalar in text {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r": lines.append([])
            default: lines[lines.count - 1].append(scalar)
            }
            previous = scalar
        }
        return lines
    }

    private static func entry(_ line: [Unicode.Scalar], line number: Int) throws(MalformedEscape) -> Entry {
        var end = 0
        while end < line.count, !isBlank(line[end]), line[end] != "=", line[end] != ":" {
            end += line[end] == "\\" ? 2 : 1
        }
        end = min(end, line.count)
        var rest = line[end...].drop(while: isBlank)
        if let separator = rest.first, separator == "=" || separator == ":" {
            rest = rest.dropFirst().drop(while: isBlank)
        }
        let key = try unescaped(line[..<end], line: number)
        let value = try unescaped(rest, line: number)
        // ZooKeeper trims both, with what Java's `trim` takes for white space.
        return Entry(key: key, value: value, line: number)
    }

    private static func unescaped(_ part: ArraySlice<Unicode.Scalar>, line: Int) throws(MalformedEscape) -> String {
        var text = String.UnicodeScalarView()
        var place = part.startIndex
        while place < part.endIndex {
            let scalar = part[place]
            place += 1
            guard scalar == "\\", place < part.endIndex else {
                if scalar != "\\" { text.append(scalar) }
                continue
            }
            let escaped = part[place]
            place += 1
            switch escaped {
            case "t": text.append("\t")
            case "n": text.append("\n")
            case "r": text.append("\r")
            case "f": text.append("\u{c}")
            case "u":
                var digits = String.UnicodeScalarView()
                digits.append(contentsOf: part[place...].prefix(4))
                let isHexadecimal = digits.allSatisfy(\.properties.isASCIIHexDigit)
                guard digits.count == 4, isHexadecimal, let code = UInt32(String(digits), radix: 16) else {
                    throw MalformedEscape(line: line)
                }
                // Halves of a surrogate pair are no character here; nothing that a zoo.cfg decides has any.
                text.append(Unicode.Scalar(code) ?? "\u{fffd}")
                place += 4
            default: text.append(escaped)
            }
        }
        return trimmed(text)
    }

    /// As Java's `trim`: everything up to the space is white space.
    private static func trimmed(_ text: String.UnicodeScalarView) -> String {
        let front = text.drop { $0.value <= 0x20 }
        guard let last = front.lastIndex(where: { $0.value > 0x20 }) else { return "" }
        return String(String.UnicodeScalarView(front[...last]))
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{c}"
    }
}
