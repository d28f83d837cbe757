/// What a failed run did before it failed.
extension Outcome {
    /// Plays the run again, and returns the last lines of its trace about the servers and clients that the violation
    /// names; about anybody if it names nobody.
    public func lastLines(_ count: Int = 12) -> [String] {
        guard let violation, violation.kind != .determinism else { return [] }
        let names = Self.names(in: violation.text)
        var lines: [String] = []
        _ = setup.run { line in
            guard names.isEmpty || names.contains(where: { Self.mentions(line, $0) }) else { return }
            lines.append(line)
            if lines.count >= 4 * count { lines.removeFirst(lines.count - count) }
        }
        return lines.suffix(count)
    }

    /// As "server 3" and "client 1", in the order in which they come.
    static func names(in text: String) -> [String] {
        let words = text.split { !($0.isLetter || $0.isNumber) }
        var names: [String] = []
        for (place, word) in words.enumerated().dropFirst() where word.allSatisfy(\.isNumber) {
            let kind: String
            switch words[place - 1] {
            case "server", "leader": kind = "server"
            case "client": kind = "client"
            default: continue
            }
            // The checker of clients counts them from 0, the trace from 1.
            let numbers = kind == "client" ? [Int(word) ?? 0, (Int(word) ?? 0) + 1] : [Int(word) ?? 0]
            for name in numbers.map({ "\(kind) \($0)" }) where !names.contains(name) { names.append(name) }
        }
        return names
    }

    private static func mentions(_ line: String, _ name: String) -> Bool {
        guard let found = line.firstRange(of: name) else { return false }
        return found.upperBound == line.endIndex || !line[found.upperBound].isNumber
    }
}
